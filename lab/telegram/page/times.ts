/** Facts 1, MESSAGES: HH:MM only; the date stands above the group, as "Today" or a day's name. */
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'long' });
const dayAndMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' });
const dayMs = 86_400_000;

export const timeOf = (at: number): string => clock.format(at);

export function dayOf(at: number): string {
  if (new Date(at).toDateString() === new Date().toDateString()) return 'Today';
  return Date.now() - at < 7 * dayMs ? weekday.format(at) : dayAndMonth.format(at);
}
