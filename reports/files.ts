import writeExcelFile from 'write-excel-file/node';
import type { z } from 'zod';
import type { Figures } from '#core/api/analytics.ts';
import { csvLine } from '#core/csv.ts';
import type { Report } from '#core/report.ts';

/** The days of a report as CSV (RFC 4180); what there is none of is empty. */
export const csvOf = (days: Report['rows']): Buffer =>
  Buffer.from(
    daysTable(days)
      .map((cells) => csvLine(cells.map((cell) => String(cell ?? ''))))
      .join(''),
  );

export const workbookType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** A sheet for each table of a report. A name is a text whatever it begins with, so that no program takes it for a formula. */
export function workbookOf({ rows, accounts, reasons, hours }: Report): Promise<Buffer> {
  const tables: Record<string, Table> = {
    days: daysTable(rows),
    accounts: [['account', 'channel', ...numbers], ...accounts.map((row) => [row.name, row.channel, ...numbers.map((name) => row[name])])],
    reasons: [['reason', 'deliveries'], ...reasons.map((row) => [row.reason, row.deliveries])],
    hours: [['weekday', 'hour', 'incoming', 'outgoing'], ...hours.map((row) => [row.weekday, row.hour, row.incoming, row.outgoing])],
  };
  const cellOf = (value: Cell, isHead: boolean) => (value === null ? null : { value, ...(isHead && { fontWeight: 'bold' as const }) });
  const sheets = Object.entries(tables).map(([sheet, table]) => ({
    sheet,
    data: table.map((cells, nth) => cells.map((cell) => cellOf(cell, nth === 0))),
    stickyRowsCount: 1,
  }));
  return writeExcelFile(sheets).toBuffer();
}

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

const daysTable = (days: Report['rows']): Table => [['day', ...numbers], ...days.map((row) => [row.day, ...numbers.map((name) => row[name])])];
