import { createI18n, type I18n } from 'vue-i18n';
import type { Locale } from '#ui/appearance/appearance-store.ts';

export type Texts = I18n<Record<string, never>, Record<string, never>, Record<string, never>, string, false>;

/** Russian has three forms: 1 профиль, 2 профиля, 5 профилей. */
export function russianForm(count: number, forms: number): number {
  if (forms < 3) return count === 1 ? 0 : 1;
  const [tens, ones] = [Math.abs(count) % 100, Math.abs(count) % 10];
  if (ones === 1 && tens !== 11) return 0;
  return ones >= 2 && ones <= 4 && (tens < 12 || tens > 14) ? 1 : 2;
}

export function createTexts(locale: Locale): Texts {
  // The generic parameters of createI18n follow from messages, which are loaded later; the shape is the one above.
  return createI18n({ legacy: false, locale, messages: {}, pluralRules: { ru: russianForm }, warnHtmlMessage: false }) as unknown as Texts;
}

/** Loads the texts of a language once, and switches to it. */
export async function loadTexts(texts: Texts, locale: Locale): Promise<void> {
  const { global } = texts;
  if (!global.availableLocales.includes(locale)) {
    const { nouns } = locale === 'en' ? await import('./en.ts') : await import('./ru.ts');
    global.setLocaleMessage(locale, nouns);
  }
  global.locale.value = locale;
}
