import type { Report } from '#core/report.ts';
import { type FigureRange, readAccountFigures, readDailyFigures, readHours, readReasons, readTotalFigures } from './analytics.ts';
import type { Trx } from './database.ts';
import { readWorkspace } from './workspace.ts';

export async function readReport(trx: Trx, range: FigureRange): Promise<Report> {
  return {
    zone: (await readWorkspace(trx)).zone,
    rows: await readDailyFigures(trx, range),
    total: await readTotalFigures(trx, range),
    reasons: await readReasons(trx, range),
    hours: await readHours(trx, range),
    accounts: await readAccountFigures(trx, range),
  };
}
