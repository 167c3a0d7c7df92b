/** Numbers and times as people of a language write them. Everything here is pure: the clock and the zone are given. */

const second = 1000;
const steps = [
  ['second', second, 60],
  ['minute', 60 * second, 60],
  ['hour', 3600 * second, 24],
  ['day', 24 * 3600 * second, 30],
  ['month', 30 * 24 * 3600 * second, 12],
  ['year', 365 * 24 * 3600 * second, Number.POSITIVE_INFINITY],
] as const;

function stepOf(ms: number): { unit: Intl.RelativeTimeFormatUnit; count: number } {
  const size = Math.abs(ms);
  const step = steps.find(([, length, most]) => Math.round(size / length) < most) ?? steps[5];
  return { unit: step[0], count: Math.round(size / step[1]) };
}

/** "3 min. ago", "in 2 hr."; below ten seconds "now". */
export function relativeTime(at: Date, now: number, locale: string): string {
  const ms = at.getTime() - now;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  if (Math.abs(ms) < 10 * second) return format.format(0, 'second');
  const { unit, count } = stepOf(ms);
  return format.format(ms < 0 ? -count : count, unit);
}

/** "12 min", "2 hr": how long something takes, to one unit. */
export function lengthOfTime(ms: number, locale: string): string {
  const { unit, count } = stepOf(Math.max(second, ms));
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(count);
}

/** "12 Mar 2026, 14:20" in the viewer's zone, or in the one given, then with the zone's name. */
export function exactTime(at: Date, locale: string, zone?: string, timeStyle: 'short' | 'medium' = 'short'): string {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle, timeZone: zone });
  return zone ? `${format.format(at)} (${zone})` : format.format(at);
}

/** "14:20" today, "12 Mar" this year, "12.03.25" before. */
export function briefTime(at: Date, now: number, locale: string): string {
  const today = new Date(now);
  if (at.toDateString() === today.toDateString()) return clockTime(at, locale);
  if (at.getFullYear() === today.getFullYear()) return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' }).format(at);
  return new Intl.DateTimeFormat(locale, { dateStyle: 'short' }).format(at);
}

/** "14:20", "04:20" or "4:20 PM": the time of day as `exactTime` writes it. */
export function clockTime(at: Date, locale: string, timeStyle: 'short' | 'medium' = 'short'): string {
  return new Intl.DateTimeFormat(locale, { timeStyle }).format(at);
}

export function dayName(at: Date, locale: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', timeZone }).format(at);
}

export function wholeNumber(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** "0.2 kB", "36 kB", "4.2 MB": as people are told of files. */
export function fileSize(bytes: number, locale: string): string {
  const [unit, size] = bytes >= 1024 * 1024 ? (['megabyte', 1024 * 1024] as const) : (['kilobyte', 1024] as const);
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: bytes / size < 10 ? 1 : 0 }).format(
    bytes / size,
  );
}

export function percent(part: number, whole: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(whole === 0 ? 0 : part / whole);
}

/** The language as this browser's person writes it: `en` becomes `en-GB` for somebody who prefers that. */
export function regional(language: string, preferred: readonly string[]): string {
  return preferred.find((one) => one.split('-')[0] === language) ?? language;
}

const sizes = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** "0 byte", "512 kB", "1.4 GB": thousands, as traffic is billed. */
export function amountOf(bytes: number, locale: string): string {
  const step = bytes < 1 ? 0 : Math.min(sizes.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return new Intl.NumberFormat(locale, { style: 'unit', unit: sizes[step], maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 }).format(value);
}
