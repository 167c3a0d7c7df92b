/** Whether a name is an IANA time zone that this runtime knows. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The local wall clock of an instant in a zone. Weekday: 1 = Monday … 7 = Sunday. */
export function wallClock(at: Date, zone: string): { weekday: number; minutes: number; date: string } {
  const parts = formatterOf(zone).formatToParts(at);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? '';
  return {
    weekday: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(part('weekday')) + 1,
    minutes: Number(part('hour')) * 60 + Number(part('minute')),
    date: `${part('year')}-${part('month')}-${part('day')}`,
  };
}

/** The instant at which clocks of a zone show this time of the day that begins at `date` in UTC; where they jump over it, as much later as they jump. */
export function instantOf(date: number, time: string, zone: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const wanted = date + (hour * 60 + minute) * 60_000;
  const once = wanted - aheadAt(wanted, zone);
  return wanted - aheadAt(once, zone);
}

/** How far clocks of a zone are ahead of UTC. */
function aheadAt(at: number, zone: string): number {
  const { date, minutes } = wallClock(new Date(at), zone);
  return Date.parse(date) + minutes * 60_000 - Math.floor(at / 60_000) * 60_000;
}

/** Making one takes 0.1 ms, and a quiet weekend is looked through minute by minute. There are some 400 zones, so it stays small. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const formatter = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  formatters.set(zone, formatter);
  return formatter;
}
