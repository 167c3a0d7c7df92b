import { type RawBuilder, sql } from 'kysely';
import type { z } from 'zod';
import type { Figures } from '#core/api/analytics.ts';
import type { Db, Trx } from './database.ts';
import { readWorkspace } from './workspace.ts';

export type FigureRange = {
  /** Days in the zone of the workspace, both counted. */
  from: string;
  to: string;
  channel?: string | undefined;
  accountId?: string | undefined;
  campaignId?: string | undefined;
};
type Kept = z.output<typeof Figures>;

const sums = sql`
  coalesce(sum(f.incoming), 0)::int as incoming, coalesce(sum(f.outgoing), 0)::int as outgoing, coalesce(sum(f.delivered), 0)::int as delivered,
  coalesce(sum(f.read), 0)::int as read, coalesce(sum(f.failed), 0)::int as failed, coalesce(sum(f.uncertain), 0)::int as uncertain,
  coalesce(sum(f.skipped), 0)::int as skipped, coalesce(sum(f.conversations), 0)::int as conversations,
  (sum(f.delivery_seconds)::float8 / nullif(sum(f.timed_deliveries), 0)) as "deliverySeconds", (sum(f.answer_seconds)::float8 / nullif(sum(f.answers), 0)) as "answerSeconds"`;

/** Days whose words were all removed keep a row of noughts. */
const isAny = sql`sum(f.incoming + f.outgoing + f.failed + f.uncertain + f.skipped) > 0`;

/** Each day of the range, also those on which nothing was said. */
export async function readDailyFigures(trx: Trx, range: FigureRange) {
  const { rows } = await sql<Kept & { day: string }>`
    select g.day::date::text as day, ${sums} from generate_series(${range.from}::date, ${range.to}::date, '1 day') g (day)
      left join (select f.* from daily_figures f join accounts a on a.id = f.account_id where ${holds(range)} and ${ofCampaign(range)}) f on f.day = g.day::date
     group by g.day order by g.day`.execute(trx);
  return rows;
}

export async function readTotalFigures(trx: Trx, range: FigureRange): Promise<Kept> {
  const { rows } = await sql<Kept>`
    select ${sums} from daily_figures f join accounts a on a.id = f.account_id where ${holds(range)} and ${ofCampaign(range)}`.execute(trx);
  return rows[0] as Kept; // Sums without groups are always one row.
}

/** Why deliveries failed or were skipped, the most frequent first. */
export async function readReasons(trx: Trx, range: FigureRange) {
  const { rows } = await sql<{ reason: string; deliveries: number }>`
    select f.reason, sum(f.deliveries)::int as deliveries from daily_reasons f join accounts a on a.id = f.account_id
     where ${holds(range)} and ${ofCampaign(range)} group by 1 having sum(f.deliveries) > 0 order by 2 desc, 1`.execute(trx);
  return rows;
}

/** When people write, over the weekdays of the range. */
export async function readHours(trx: Trx, range: FigureRange) {
  if (range.campaignId) return [];
  const { rows } = await sql<{ weekday: number; hour: number; incoming: number; outgoing: number }>`
    select extract(isodow from f.day)::int as weekday, f.hour::int as hour, sum(f.incoming)::int as incoming, sum(f.outgoing)::int as outgoing
      from daily_hours f join accounts a on a.id = f.account_id where ${holds(range)} group by 1, 2 having sum(f.incoming + f.outgoing) > 0 order by 1, 2`.execute(
    trx,
  );
  return rows;
}

export async function readChannelFigures(trx: Trx, range: FigureRange) {
  const { rows } = await sql<Kept & { channel: string }>`
    select a.channel, ${sums} from daily_figures f join accounts a on a.id = f.account_id where ${holds(range)} and ${ofCampaign(range)} group by 1 having ${isAny} order by 1`.execute(
    trx,
  );
  return rows;
}

export async function readAccountFigures(trx: Trx, range: FigureRange) {
  const { rows } = await sql<Kept & { channel: string; accountId: string; name: string }>`
    select a.channel, a.id as "accountId", a.name, ${sums} from daily_figures f join accounts a on a.id = f.account_id
     where ${holds(range)} and ${ofCampaign(range)} group by a.id having ${isAny} order by a.channel, lower(a.name)`.execute(trx);
  return rows;
}

/** Today in the zone of the workspace, and the days before it. */
export async function readRecentFigures(trx: Trx, now: Date) {
  const { zone } = await readWorkspace(trx);
  const { rows } = await sql<{ from: string; to: string }>`
    select ((${now}::timestamptz at time zone ${zone})::date - 6)::text as from, (${now}::timestamptz at time zone ${zone})::date::text as to`.execute(
    trx,
  );
  const [range = { from: '', to: '' }] = rows;
  return { zone, week: await readDailyFigures(trx, range) };
}

function holds({ from, to, channel, accountId }: FigureRange): RawBuilder<boolean> {
  const conditions = [
    sql`f.day between ${from}::date and ${to}::date`,
    ...(channel ? [sql`a.channel = ${channel}`] : []),
    ...(accountId ? [sql`f.account_id = ${accountId}`] : []),
  ];
  return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

const ofCampaign = ({ campaignId }: FigureRange) => (campaignId ? sql`f.campaign_id = ${campaignId}` : sql`f.campaign_id is null`);

/** Few at a time: who reads the log waits for the oldest transaction. */
const newsAtOnce = 1000;

/** Counts what news are of, and the days that are due as a whole, in every workspace; answers how many of both that were. */
export async function countFigures(db: Db): Promise<number> {
  let counted = 0;
  for (let seen = newsAtOnce; seen === newsAtOnce; counted += seen) {
    const { rows } = await sql<{ seen: number }>`select count_news(${newsAtOnce}) as seen`.execute(db);
    seen = rows[0]?.seen ?? 0;
  }
  for (let isMore = true; isMore; counted += Number(isMore)) {
    const { rows } = await sql<{ counted: boolean }>`select count_day_due() as counted`.execute(db);
    isMore = rows[0]?.counted ?? false;
  }
  return counted;
}
