import * as analytics from '#sql/analytics.ts';
import { readWorkspace } from '#sql/workspace.ts';
import type { Handlers } from './handler.ts';

export type AnalyticsParts = { now: () => Date };

export const analyticsHandlers = ({ now }: AnalyticsParts) =>
  ({
    dailyAnalytics: ({ query, transaction }) =>
      transaction(async (trx) => ({
        zone: (await readWorkspace(trx)).zone,
        rows: await analytics.readDailyFigures(trx, query),
        total: await analytics.readTotalFigures(trx, query),
        reasons: await analytics.readReasons(trx, query),
        hours: await analytics.readHours(trx, query),
      })),
    platformAnalytics: ({ query, transaction }) =>
      transaction(async (trx) => ({
        zone: (await readWorkspace(trx)).zone,
        rows: await analytics.readChannelFigures(trx, query),
        accounts: await analytics.readAccountFigures(trx, query),
      })),
    statsAnalytics: ({ transaction }) =>
      transaction(async (trx) => {
        const { zone, week } = await analytics.readRecentFigures(trx, now());
        const [yesterday, today] = week.slice(-2) as [(typeof week)[number], (typeof week)[number]]; // Seven days, each with its row.
        return { zone, today, yesterday, week };
      }),
    async exportAnalytics({ query, transaction }) {
      const rows = await transaction((trx) => analytics.readDailyFigures(trx, query));
      return { contentType: 'text/csv; charset=utf-8', content: csvOf(rows), fileName: `days ${query.from} to ${query.to}.csv` };
    },
  }) satisfies Partial<Handlers>;

type Row = Awaited<ReturnType<typeof analytics.readDailyFigures>>[number];

const columns = [
  'day',
  'incoming',
  'outgoing',
  'delivered',
  'read',
  'failed',
  'uncertain',
  'skipped',
  'conversations',
  'deliverySeconds',
  'answerSeconds',
] as const satisfies readonly (keyof Row)[];

/** Days and numbers need no quotes (RFC 4180); what there is none of is empty. */
function csvOf(rows: readonly Row[]): Buffer {
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name] ?? ''))].map((cells) => cells.join(','));
  return Buffer.from(`${lines.join('\r\n')}\r\n`);
}
