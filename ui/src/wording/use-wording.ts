import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { Failure, failures } from '#core/failure.ts';
import {
  amountOf,
  briefTime,
  clockTime,
  dayName,
  exactTime,
  fileSize,
  lengthOfTime,
  percent,
  regional,
  relativeTime,
  wholeNumber,
} from '#core/format.ts';
import { fieldKey } from './field-words.ts';

/** What happened, and what more is known about it. */
export type Explanation = { sentence: string; detail: string | null; fields: Record<string, string> };

/** Words, numbers and times in the language that was chosen. */
export function useWording() {
  const { t, te, locale: language } = useI18n();
  const locale = computed(() => regional(language.value, navigator.languages));
  const number = (value: number) => wholeNumber(value, locale.value);
  const counted = (key: string, count: number) => t(key, { n: number(count) }, count);

  /** A code of ours in words; what is not a code (a sentence of a messenger) stays as it is. */
  function reason(code: string): string {
    const [name = '', about = ''] = code.split(':');
    const key = [
      `reasons.waits.${name}`,
      `reasons.skips.${name}`,
      `reasons.failures.${name}`,
      `reasons.rejects.${name}`,
      `reasons.proxies.${name}`,
      `reasons.states.${name}`,
    ].find((one) => te(one));
    return key ? t(key, { about }) : code;
  }

  function explain(error: unknown): Explanation {
    if (!(error instanceof Failure)) return { sentence: t('reasons.failures.server_unreachable'), detail: null, fields: {} };
    const fields = Object.fromEntries(Object.entries(error.fields ?? {}).map(([name, text]) => [name, t(fieldKey(text), { text })]));
    // What stands beside its field is not said a second time.
    const isSaid = error.message === failures[error.code]?.sentence || Object.keys(fields).length > 0;
    return { sentence: reason(error.code), detail: isSaid ? null : error.message, fields };
  }

  return {
    t,
    te,
    /** With the region of this browser, which decides how dates and times are written. */
    locale,
    number,
    counted,
    reason,
    explain,
    size: (bytes: number) => fileSize(bytes, locale.value),
    share: (part: number, whole: number) => percent(part, whole, locale.value),
    exact: (at: string, zone?: string) => exactTime(new Date(at), locale.value, zone),
    /** To the second: for logs and steps. */
    exactly: (at: string, zone?: string) => exactTime(new Date(at), locale.value, zone, 'medium'),
    second: (at: string) => clockTime(new Date(at), locale.value, 'medium'),
    brief: (at: string, now: number) => briefTime(new Date(at), now, locale.value),
    clock: (at: string) => clockTime(new Date(at), locale.value),
    day: (at: string) => dayName(new Date(at), locale.value),
    age: (at: string, now: number) => relativeTime(new Date(at), now, locale.value),
    /** So many bytes, in the unit that they fill. */
    amount: (bytes: number) => amountOf(bytes, locale.value),
    lasting: (ms: number) => lengthOfTime(ms, locale.value),
  };
}
