export type TrafficDay = { day: string; sentBytes: number; receivedBytes: number };

const shown = 30;
const dayMs = 86_400_000;

/** The last thirty days up to today, in UTC as they are counted, the oldest first; on those without a row nothing passed. */
export function trafficDays(rows: readonly TrafficDay[], today: string): TrafficDay[] {
  const known = new Map(rows.map((row) => [row.day, row]));
  return Array.from({ length: shown }, (_, index) => {
    const day = new Date(Date.parse(today) - (shown - 1 - index) * dayMs).toISOString().slice(0, 10);
    return known.get(day) ?? { day, sentBytes: 0, receivedBytes: 0 };
  });
}
