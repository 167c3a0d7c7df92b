import { sql } from 'kysely';
import type { z } from 'zod';
import type { ScheduledReport } from '#core/api/reports.ts';
import { Failure } from '#core/failure.ts';
import { nextTime, Recurrence } from '#core/recurrence.ts';
import type { Report } from '#core/report.ts';
import { wallClock } from '#core/zone.ts';
import { type Db, inWorkspace, type Trx } from './database.ts';
import { instant } from './instant.ts';
import { readReport } from './report.ts';
import { requireRoom } from './room.ts';
import { brokenUnique } from './unique.ts';
import { readWorkspace } from './workspace.ts';

type Reply = z.output<typeof ScheduledReport>;
type Fields = Omit<Reply, 'id' | 'nextAt' | 'sentAt' | 'error' | 'updatedAt'>;
type Change = { [K in keyof Fields]?: Fields[K] | undefined };
export type ReportRef = { workspaceId: string; reportId: string };

/** One that is due, with what it is made of. */
export type DueReport = { report: Reply; accountId: string; range: { from: string; to: string }; figures: Report };

const dayMs = 86_400_000;
/** Stands there while it goes out: a worker that dies in between leaves it. */
const begun = 'It was begun, and no worker has said how it ended.';

export async function listReports(trx: Trx, reportId: string | null = null): Promise<Reply[]> {
  const { rows } = await sql<Fields & { id: string; next_at: Date | null; sent_at: Date | null; error: string | null; updated_at: Date }>`
    select id, name, account_id as "accountId", recipients as "to", again, days, of_account_id as "ofAccountId", format, locale, is_on as "isOn",
           next_at, sent_at, error, updated_at
      from reports where ${reportId}::uuid is null or id = ${reportId}::uuid order by lower(name), id`.execute(trx);
  return rows.map(({ next_at, sent_at, updated_at, ...row }) => ({
    ...row,
    ...{ nextAt: instant(next_at), sentAt: instant(sent_at), updatedAt: instant(updated_at) },
  }));
}

async function readOne(trx: Trx, reportId: string): Promise<Reply> {
  const [found] = await listReports(trx, reportId);
  if (!found) throw new Failure('not_found');
  return found;
}

export async function addReport(trx: Trx, { workspaceId, now }: { workspaceId: string; now: Date }, fields: Fields): Promise<Reply> {
  await requireRoom(trx, 'reports');
  const columns = await columnsOf(trx, fields, now);
  const row = trx.insertInto('reports').values({ workspace_id: workspaceId, ...columns });
  const { id } = await row.returning('id').executeTakeFirstOrThrow().catch(nameTaken);
  return readOne(trx, id);
}

export async function changeReport(trx: Trx, { reportId, now }: { reportId: string; now: Date }, change: Change): Promise<Reply> {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const columns = await columnsOf(trx, { ...(await readOne(trx, reportId)), ...given }, now);
  await trx
    .updateTable('reports')
    .set({ ...columns, updated_at: sql<Date>`now()` })
    .where('id', '=', reportId)
    .execute()
    .catch(nameTaken);
  return readOne(trx, reportId);
}

export async function removeReport(trx: Trx, reportId: string): Promise<void> {
  await readOne(trx, reportId);
  await trx.deleteFrom('reports').where('id', '=', reportId).execute();
}

/** It is due now; its next regular time is counted when it goes out. Also one that is off goes out once. */
export async function askForReport(trx: Trx, { reportId, now }: { reportId: string; now: Date }): Promise<Reply> {
  const { accountId } = await readOne(trx, reportId);
  if (!accountId) throw new Failure('wrong_state', 'Its mail account was removed. Choose another one first.');
  await trx.updateTable('reports').set({ next_at: now }).where('id', '=', reportId).execute();
  return readOne(trx, reportId);
}

/** Clocks of the workspace are others now. */
export async function recountReports(trx: Trx, now: Date): Promise<void> {
  const { zone } = await readWorkspace(trx);
  for (const { id, again, nextAt } of await listReports(trx)) {
    if (!nextAt) continue;
    const next_at = nextTime(Recurrence.parse(again), zone, now);
    await trx.updateTable('reports').set({ next_at }).where('id', '=', id).execute();
  }
}

export async function dueReports(db: Db, now: Date): Promise<ReportRef[]> {
  const { rows } = await sql<ReportRef>`select workspace_id as "workspaceId", report_id as "reportId" from due_reports(${now})`.execute(db);
  return rows;
}

/** Counts its next time before it goes out, so that no other worker sends it too; null when another one does, or nobody can. */
export function beginReport(db: Db, { workspaceId, reportId }: ReportRef, now: Date): Promise<DueReport | null> {
  return inWorkspace(db, workspaceId, async (trx) => {
    const { rows } = await sql`select from reports where id = ${reportId} and next_at <= ${now} for update skip locked`.execute(trx);
    if (rows.length === 0) return null;
    const report = await readOne(trx, reportId);
    const { zone } = await readWorkspace(trx);
    const next_at = report.isOn ? nextTime(report.again, zone, now) : null;
    const error = report.accountId ? begun : 'Its mail account was removed. Choose another one.';
    await trx.updateTable('reports').set({ next_at, error }).where('id', '=', reportId).execute();
    if (!report.accountId) return null;
    const range = daysBefore(wallClock(now, zone).date, report.days);
    const figures = await readReport(trx, { ...range, ...(report.ofAccountId && { accountId: report.ofAccountId }) });
    return { report, accountId: report.accountId, range, figures };
  });
}

/** `error` is why it did not reach everybody; null: it did. */
export async function endReport(db: Db, { workspaceId, reportId }: ReportRef, { error, now }: { error: string | null; now: Date }): Promise<void> {
  const ended = error ? { error } : { error, sent_at: now };
  await inWorkspace(db, workspaceId, (trx) => trx.updateTable('reports').set(ended).where('id', '=', reportId).execute());
}

function daysBefore(day: string, days: number): { from: string; to: string } {
  const at = (back: number) => new Date(Date.parse(day) - back * dayMs).toISOString().slice(0, 10);
  return { from: at(days), to: at(1) };
}

async function columnsOf(trx: Trx, fields: Fields, now: Date) {
  await refuseStrangers(trx, fields);
  const { zone } = await readWorkspace(trx);
  return {
    name: fields.name,
    account_id: fields.accountId,
    recipients: fields.to,
    again: JSON.stringify(fields.again),
    days: fields.days,
    of_account_id: fields.ofAccountId,
    format: fields.format,
    locale: fields.locale,
    is_on: fields.isOn,
    next_at: fields.isOn ? nextTime(fields.again, zone, now) : null,
  };
}

async function refuseStrangers(trx: Trx, { accountId, ofAccountId }: Fields): Promise<void> {
  const { rows } = await sql<{ sends: boolean; is: boolean }>`
    select ${accountId}::uuid is null or exists (select from mail_accounts where account_id = ${accountId}) as sends,
           ${ofAccountId}::uuid is null or exists (select from accounts where id = ${ofAccountId}) as "is"`.execute(trx);
  const fields = {
    ...(!rows[0]?.sends && { accountId: 'is no mail account of this workspace' }),
    ...(!rows[0]?.is && { ofAccountId: 'is no account of this workspace' }),
  };
  if (Object.keys(fields).length > 0) throw new Failure('invalid_input', undefined, { fields });
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error)) throw new Failure('already_exists', 'A report with this name exists already.', { fields: { name: 'is taken' } });
  throw error;
}
