import analyticsEn from '#ui/locales/en/analytics.json' with { type: 'json' };
import reasonsEn from '#ui/locales/en/reasons.json' with { type: 'json' };
import analyticsRu from '#ui/locales/ru/analytics.json' with { type: 'json' };
import reasonsRu from '#ui/locales/ru/reasons.json' with { type: 'json' };

/** The words of the dashboard, so that a report says what the screen says. */
const words = { en: { analytics: analyticsEn, reasons: reasonsEn }, ru: { analytics: analyticsRu, reasons: reasonsRu } };

export const wordsOf = (locale: string) => words[locale.startsWith('ru') ? 'ru' : 'en'];

/** A reason in words; what has none stays as it is. */
export function reasonIn(locale: string, code: string): string {
  const [name = ''] = code.split(':');
  const { reasons } = wordsOf(locale);
  const known: Record<string, string> = { ...reasons.failures, ...reasons.skips };
  return known[name] ?? code;
}
