import { useWording } from '#ui/wording/use-wording.ts';
import type { Report } from './use-reports.ts';

/** The days of a week, and when something comes again, in words. */
export function useWhen() {
  const { t, locale } = useWording();
  // The first of January 2024 was a Monday.
  const weekday = (nth: number) => new Intl.DateTimeFormat(locale.value, { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2024, 0, nth));
  const when = ({ again }: Pick<Report, 'again'>): string => {
    if (again.each === 'day') return t('reports.each_day', { at: again.at });
    if (again.each === 'week') return t('reports.each_week', { at: again.at, day: weekday(again.on) });
    return t('reports.each_month', { at: again.at, n: again.on });
  };
  return { weekday, when };
}
