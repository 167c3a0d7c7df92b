import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import { ringLane } from './bells.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import type { Queue } from './queue.ts';

/** Whether anything may go out of the workspace of the transaction, and who said that it may not. */
export async function readSending(trx: Trx) {
  const { rows } = await sql<{ stopped_at: Date | null; why: string | null; person: string | null; is_copied: boolean }>`
    select w.stopped_at, w.stopped_why as why, (select coalesce(nullif(p.name, ''), p.username) from people p where p.id = w.stopped_by) as person, is_copied() as is_copied
      from workspaces w`.execute(trx);
  const row = rows[0];
  if (!row) throw new Failure('not_found');
  return { stoppedAt: instant(row.stopped_at), stoppedBy: row.person, why: row.why, isCopied: row.is_copied };
}

type Stop = { workspaceId: string; personId: string; why: string; now: Date };

/** Nothing more goes out; what is past its commit ends by itself. */
export async function stopSending(trx: Trx, { workspaceId, personId, why, now }: Stop): Promise<void> {
  await sql`update workspaces set stopped_at = coalesce(stopped_at, ${now}), stopped_by = ${personId}, stopped_why = ${why}, updated_at = now() where id = ${workspaceId}`.execute(
    trx,
  );
  await recordEvent(trx, workspaceId, { kind: 'workspace_changed' });
}

/** Goes on where it was stopped. */
export async function resumeSending(trx: Trx, queue: Queue, workspaceId: string): Promise<void> {
  await sql`update workspaces set stopped_at = null, stopped_by = null, stopped_why = null, updated_at = now() where id = ${workspaceId}`.execute(
    trx,
  );
  await ringWaiting(trx, queue, workspaceId);
  await recordEvent(trx, workspaceId, { kind: 'workspace_changed' });
}

/** This database is the one that sends from now on. Throws `wrong_state` outside the workspace that was there first. */
export async function adoptDatabase(trx: Trx, queue: Queue, workspaceId: string): Promise<void> {
  const { rows } = await sql<{ is_first: boolean }>`select first_workspace() = ${workspaceId} as is_first`.execute(trx);
  if (!rows[0]?.is_first) throw new Failure('wrong_state', 'Only admins of this installation may say that this database is the one that sends.');
  await sql`select adopt_database()`.execute(trx);
  await ringWaiting(trx, queue, workspaceId);
  await recordEvent(trx, workspaceId, { kind: 'workspace_changed' });
}

async function ringWaiting(trx: Trx, queue: Queue, workspaceId: string): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    update accounts a set wait_reason = null, wait_until = null
     where a.paused_at is null and exists (select from deliveries d where d.account_id = a.id and d.state in ('planned', 'claimed', 'committing')) returning a.id`.execute(
    trx,
  );
  for (const { id } of rows) await ringLane(trx, queue, { workspaceId, accountId: id });
}
