export type SnoozeName = 'hour' | 'evening' | 'tomorrow' | 'week';

/** Times that people put things off to, those that are still to come, soonest first: in the zone of this browser. */
export function snoozeTimes(now: Date): { name: SnoozeName; at: Date }[] {
  const onDay = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const toMonday = ((8 - now.getDay()) % 7) + (now.getDay() === 1 ? 7 : 0);
  const times = [
    { name: 'hour' as const, at: new Date(now.getTime() + 3_600_000) },
    { name: 'evening' as const, at: onDay(0, 18) },
    { name: 'tomorrow' as const, at: onDay(1, 9) },
    { name: 'week' as const, at: onDay(toMonday, 9) },
  ];
  return times.filter(({ at }) => at > now).toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

/** As a field for date and time takes it: to the minute, in the zone of this browser. */
export function fieldTime(at: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
