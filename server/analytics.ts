import { csvOf, workbookOf, workbookType } from '#reports/files.ts';
import { pageOf, titleOf } from '#reports/page.ts';
import * as analytics from '#sql/analytics.ts';
import { readReport } from '#sql/report.ts';
import { readWorkspace } from '#sql/workspace.ts';
import type { Handlers } from './handler.ts';

/** `print` makes a PDF of a page of ours. */
export type AnalyticsParts = { now: () => Date; print: (html: string, signal: AbortSignal) => Promise<Buffer> };

export const analyticsHandlers = ({ now, print }: AnalyticsParts) =>
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
    async exportAnalytics({ query, transaction, signal }) {
      const name = `days ${query.from} to ${query.to}`;
      if (query.format === 'csv') {
        const days = await transaction((trx) => analytics.readDailyFigures(trx, query));
        return { contentType: 'text/csv; charset=utf-8', content: csvOf(days), fileName: `${name}.csv` };
      }
      const report = await transaction((trx) => readReport(trx, query));
      if (query.format === 'xlsx') return { contentType: workbookType, content: await workbookOf(report), fileName: `${name}.xlsx` };
      const { locale } = query;
      const content = await print(pageOf(report, { title: titleOf(query, locale), locale }), signal);
      return { contentType: 'application/pdf', content, fileName: `${name}.pdf` };
    },
  }) satisfies Partial<Handlers>;
