import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';
import { customProperties, type Theme } from '#ui/theme.ts';

export type ThemeChoice = Theme | 'system';
export type Locale = 'en' | 'ru';

const isOne = <T extends string>(value: string | null | undefined, choices: readonly T[]): value is T => choices.some((choice) => choice === value);

/** Theme and language of this browser; both outlive the page. */
export const useAppearance = defineStore('appearance', () => {
  const storedTheme = localStorage.getItem('patchbay.theme');
  const storedLocale = localStorage.getItem('patchbay.locale');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const isSystemDark = ref(system.matches);
  system.addEventListener('change', () => {
    isSystemDark.value = system.matches;
  });

  const choice = ref<ThemeChoice>(isOne(storedTheme, ['light', 'dark', 'system']) ? storedTheme : 'system');
  const locale = ref<Locale>(isOne(storedLocale, ['en', 'ru']) ? storedLocale : languageOfBrowser());
  const theme = computed<Theme>(() => {
    if (choice.value !== 'system') return choice.value;
    return isSystemDark.value ? 'dark' : 'light';
  });

  function apply(): void {
    const root = document.documentElement;
    for (const [name, value] of Object.entries(customProperties(theme.value))) root.style.setProperty(name, value);
    root.style.colorScheme = theme.value;
    root.dataset.theme = theme.value;
    root.lang = locale.value;
  }
  watch([theme, locale], apply);
  watch(choice, (value) => localStorage.setItem('patchbay.theme', value));
  watch(locale, (value) => localStorage.setItem('patchbay.locale', value));

  return { choice, theme, locale, apply };
});

function languageOfBrowser(): Locale {
  return navigator.languages.some((language) => language.startsWith('ru')) ? 'ru' : 'en';
}
