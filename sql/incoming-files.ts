import { sql } from 'kysely';
import type { Db, Trx } from './database.ts';
import { recordEvent } from './events.ts';

type Place = { workspaceId: string; accountId: string };
/** A file of a message that came in: its id at the platform, or where it lies. */
export type IncomingFile = { platformId: string; fileId: string | null; url: string | null; name: string | null; sha256: string | null };
export type DueFile = IncomingFile & Place & { attempts: number };

/** To be fetched; what is known already stays as it is. */
export async function addIncomingFiles(trx: Trx, { workspaceId, accountId }: Place, files: readonly IncomingFile[], now: Date): Promise<void> {
  if (files.length === 0) return;
  await sql`
    insert into incoming_files (account_id, workspace_id, platform_id, file_id, url, name, sha256, due_at)
    select ${accountId}, ${workspaceId}, o."platformId", o."fileId", o.url, left(o.name, 200), o.sha256, ${now}
      from jsonb_to_recordset(${JSON.stringify(files)}::jsonb) as o ("platformId" text, "fileId" text, url text, name text, sha256 text)
    on conflict do nothing`.execute(trx);
}

export async function takeIncomingFiles(db: Db, now: Date, most: number): Promise<DueFile[]> {
  const { rows } = await sql<DueFile>`
    select workspace_id as "workspaceId", account_id as "accountId", platform_id as "platformId", file_id as "fileId", url, name, sha256, attempts
      from take_incoming_files(${now}, ${most})`.execute(db);
  return rows;
}

/** The message has its file from now on. */
export async function settleFile(trx: Trx, { workspaceId, accountId, platformId }: Place & { platformId: string }, mediaId: string): Promise<void> {
  await sql`update incoming_files set state = 'stored', why = null where account_id = ${accountId} and platform_id = ${platformId}`.execute(trx);
  const { rows } = await sql<{ id: string; conversation_id: string }>`
    update messages set media_id = ${mediaId} where account_id = ${accountId} and platform_id = ${platformId} and media_id is null returning id, conversation_id`.execute(
    trx,
  );
  for (const row of rows)
    await recordEvent(trx, workspaceId, { kind: 'message_changed', messageId: row.id, conversationId: row.conversation_id, accountId });
}

/** Null as `again`: it is left with the platform for good. */
export async function postponeFile(
  trx: Trx,
  file: Pick<DueFile, 'accountId' | 'platformId'>,
  ask: { why: string; again: Date | null },
): Promise<void> {
  await sql`
    update incoming_files set why = ${ask.why}, due_at = coalesce(${ask.again}::timestamptz, due_at), state = case when ${ask.again}::timestamptz is null then 'refused' else state end
     where account_id = ${file.accountId} and platform_id = ${file.platformId}`.execute(trx);
}
