import type { Recurrence } from '#core/recurrence.ts';
import { useWording } from '#ui/wording/use-wording.ts';

/** The days of a week, and when something comes again, in words. */
export function useWhen() {
  const { t, locale } = useWording();
  // The first of January 2024 was a Monday.
  const weekday = (nth: number) => new Intl.DateTimeFormat(locale.value, { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2024, 0, nth));
  const when = (again: Recurrence): string => {
    if (again.each === 'day') return t('recurrence.each_day', { at: again.at });
    if (again.each === 'week') return t('recurrence.each_week', { at: again.at, day: weekday(again.on) });
    return t('recurrence.each_month', { at: again.at, n: again.on });
  };
  return { weekday, when };
}
