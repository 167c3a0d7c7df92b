import * as reports from '#sql/reports.ts';
import type { Handlers } from './handler.ts';

export const reportsHandlers = ({ now }: { now: () => Date }) =>
  ({
    listReports: ({ transaction }) => transaction(async (trx) => ({ rows: await reports.listReports(trx) })),
    addReport: ({ body, caller, transaction }) => transaction((trx) => reports.addReport(trx, { workspaceId: caller.workspaceId, now: now() }, body)),
    changeReport: ({ params, body, transaction }) => transaction((trx) => reports.changeReport(trx, { reportId: params.id, now: now() }, body)),
    async removeReport({ params, transaction }) {
      await transaction((trx) => reports.removeReport(trx, params.id));
      return null;
    },
    sendReport: ({ params, transaction }) => transaction((trx) => reports.askForReport(trx, { reportId: params.id, now: now() })),
  }) satisfies Partial<Handlers>;
