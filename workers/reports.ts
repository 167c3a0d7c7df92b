import type { Logger } from 'pino';
import { sendTestMail } from '#channels/email/send-test.ts';
import type { MailSettings } from '#channels/email/settings.ts';
import type { AccountRef, Media } from '#core/channel.ts';
import { asFailure } from '#core/failure.ts';
import { csvOf, workbookOf, workbookType } from '#reports/files.ts';
import { mailOf } from '#reports/mail.ts';
import { pageOf, titleOf } from '#reports/page.ts';
import type { Clock } from '#sql/clock.ts';
import type { Db } from '#sql/database.ts';
import { beginReport, type DueReport, dueReports, endReport, type ReportRef } from '#sql/reports.ts';
import { createLines } from './lines.ts';

export type ReportWorkParts = {
  db: Db;
  clock: Pick<Clock, 'now'>;
  settingsOf: (account: AccountRef) => Promise<MailSettings>;
  /** Makes a PDF of a page of ours. */
  print: (html: string, signal: AbortSignal) => Promise<Buffer>;
  log: Pick<Logger, 'warn'>;
};

/** Mails the reports that are due, each at most once: nobody can tell whether a mail went out. A mail server that is slow holds up no other report. */
export function createReportWork(parts: ReportWorkParts): { look: (signal: AbortSignal) => Promise<void>; settled: () => Promise<void> } {
  const lines = createLines();
  const work = (ref: ReportRef, signal: AbortSignal) =>
    mail(parts, ref, signal).catch((error: unknown) => parts.log.warn({ err: error, reportId: ref.reportId }, 'a report could not be looked at'));
  return {
    async look(signal) {
      for (const ref of await dueReports(parts.db, parts.clock.now())) lines.begin(ref.reportId, () => work(ref, signal));
    },
    settled: lines.settled,
  };
}

async function mail(parts: ReportWorkParts, ref: ReportRef, signal: AbortSignal): Promise<void> {
  const { db, clock, settingsOf, log } = parts;
  const due = await beginReport(db, ref, clock.now());
  if (!due) return;
  const { report, accountId, range, figures } = due;
  const words = { name: report.name, title: titleOf(range, report.locale), locale: report.locale };
  const problems: string[] = [];
  try {
    const file = await fileOf(parts, due, signal);
    const settings = await settingsOf({ workspaceId: ref.workspaceId, id: accountId, channel: 'email' });
    for (const to of report.to) {
      await sendTestMail(settings, { to, ...mailOf(figures, words), file }).catch((error: unknown) => {
        log.warn({ err: error, reportId: ref.reportId }, 'a report could not be mailed');
        problems.push(`${to}: ${asFailure(error).message}`);
      });
    }
  } catch (error) {
    log.warn({ err: error, reportId: ref.reportId }, 'a report could not be made');
    problems.push(asFailure(error).message);
  }
  // Stopping is no failure of theirs: the row says that it was begun.
  if (signal.aborted) return;
  await endReport(db, ref, { error: problems.join('\n') || null, now: clock.now() });
}

async function fileOf({ print }: ReportWorkParts, { report, range, figures }: DueReport, signal: AbortSignal): Promise<Media> {
  const named = (mimeType: string, content: Uint8Array): Media => ({
    kind: 'document',
    name: `${range.from} ${range.to}.${report.format}`,
    mimeType,
    content,
  });
  if (report.format === 'csv') return named('text/csv', csvOf(figures.rows));
  if (report.format === 'xlsx') return named(workbookType, await workbookOf(figures));
  const page = pageOf(figures, { title: titleOf(range, report.locale), locale: report.locale });
  return named('application/pdf', await print(page, signal));
}
