import writeExcelFile from 'write-excel-file/node';
import type { z } from 'zod';
import type { Figures } from '#core/api/analytics.ts';
import { csvLine } from '#core/csv.ts';
import * as analytics from '#sql/analytics.ts';
import type { Trx } from '#sql/database.ts';
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
      const name = `days ${query.from} to ${query.to}`;
      if (query.format === 'xlsx') {
        const tables = await transaction((trx) => readTables(trx, query));
        return { contentType: workbookType, content: await workbookOf(tables), fileName: `${name}.xlsx` };
      }
      const days = await transaction((trx) => readDays(trx, query));
      return { contentType: 'text/csv; charset=utf-8', content: csvOf(days), fileName: `${name}.csv` };
    },
  }) satisfies Partial<Handlers>;

type Cell = string | number | null;
type Table = readonly (readonly Cell[])[];

const numbers = [
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
] as const satisfies readonly (keyof z.output<typeof Figures>)[];

async function readDays(trx: Trx, range: analytics.FigureRange): Promise<Table> {
  const days = await analytics.readDailyFigures(trx, range);
  return [['day', ...numbers], ...days.map((row) => [row.day, ...numbers.map((name) => row[name])])];
}

/** What the page shows, each table with its head. */
async function readTables(trx: Trx, range: analytics.FigureRange) {
  const accounts = await analytics.readAccountFigures(trx, range);
  const [reasons, hours] = [await analytics.readReasons(trx, range), await analytics.readHours(trx, range)];
  return {
    days: await readDays(trx, range),
    accounts: [['account', 'channel', ...numbers], ...accounts.map((row) => [row.name, row.channel, ...numbers.map((name) => row[name])])],
    reasons: [['reason', 'deliveries'], ...reasons.map((row) => [row.reason, row.deliveries])],
    hours: [['weekday', 'hour', 'incoming', 'outgoing'], ...hours.map((row) => [row.weekday, row.hour, row.incoming, row.outgoing])],
  } satisfies Record<string, Table>;
}

/** What there is none of is empty. */
const csvOf = (table: Table): Buffer => Buffer.from(table.map((cells) => csvLine(cells.map((cell) => String(cell ?? '')))).join(''));

const workbookType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** A sheet for each table. A name is a text whatever it begins with, so that no program takes it for a formula. */
function workbookOf(tables: Record<string, Table>): Promise<Buffer> {
  const cellOf = (value: Cell, isHead: boolean) => (value === null ? null : { value, ...(isHead && { fontWeight: 'bold' as const }) });
  const sheets = Object.entries(tables).map(([sheet, table]) => ({
    sheet,
    data: table.map((cells, nth) => cells.map((cell) => cellOf(cell, nth === 0))),
    stickyRowsCount: 1,
  }));
  return writeExcelFile(sheets).toBuffer();
}
