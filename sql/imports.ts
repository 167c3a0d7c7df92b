import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import { type Import, ImportMapping, type ImportReject, type TextEncoding } from '#core/api/lists.ts';
import { ConsentBasis } from '#core/consent.ts';
import { Failure } from '#core/failure.ts';
import { recordConsents } from './consents.ts';
import { listContactFields } from './contact-fields.ts';
import type { Db, Trx } from './database.ts';
import { holdUntilConfirmed } from './double-opt-in.ts';
import { recordEvents } from './events.ts';
import { instant } from './instant.ts';
import { requireList } from './lists.ts';
import { type PageAsk, pageOfRows, readCursor } from './page.ts';
import { type ListRecipient, matchContacts, saveRecipients } from './save-recipients.ts';
import type { Imports } from './tables.ts';

type ImportReply = z.output<typeof Import>;
type Reject = z.output<typeof ImportReject>;
type Place = { workspaceId: string; importId: string };

export type NewImport = {
  workspaceId: string;
  listId: string;
  /** The blast that brings the file. */
  campaignId?: string;
  fileName: string;
  content: Buffer;
  mapping: ImportMapping | undefined;
  /** How these people agreed. A blast is its caller's word that they did. */
  basis?: ConsentBasis | undefined;
  defaultCountry: string;
};

/** Keeps the file with its import until a worker is through with it. */
export async function addImport(trx: Trx, ask: NewImport): Promise<ImportReply> {
  await requireList(trx, ask.listId);
  const row = await trx
    .insertInto('imports')
    .values({
      workspace_id: ask.workspaceId,
      list_id: ask.listId,
      campaign_id: ask.campaignId,
      file_name: ask.fileName.slice(0, 200).toWellFormed(),
      mapping: JSON.stringify(ask.mapping ?? null),
      basis: ask.basis ? JSON.stringify(ask.basis) : null,
      reply_only: !ask.basis && !ask.campaignId,
      default_country: ask.defaultCountry,
      state: 'running',
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await trx.insertInto('import_files').values({ import_id: row.id, workspace_id: ask.workspaceId, content: ask.content }).execute();
  await recordEvents(trx, ask.workspaceId, [{ kind: 'import_changed', importId: row.id, listId: ask.listId }]);
  return toImport(row);
}

export async function readImport(trx: Trx, importId: string): Promise<ImportReply> {
  const row = await trx
    .selectFrom('imports')
    .selectAll()
    .select((of) => of.exists(of.selectFrom('import_files').select('import_id').whereRef('import_id', '=', 'imports.id')).as('has_file'))
    .where('id', '=', importId)
    .executeTakeFirst();
  if (!row) throw new Failure('not_found');
  return toImport(row);
}

/** What a worker needs to do an import, or null when there is nothing (more) to do. */
export async function readImportWork(trx: Trx, importId: string) {
  const row = await trx
    .selectFrom('imports')
    .innerJoin('import_files', 'import_files.import_id', 'imports.id')
    .innerJoin('lists', 'lists.id', 'imports.list_id')
    .select([
      'imports.list_id',
      'imports.file_name',
      'imports.mapping',
      'imports.default_country',
      'imports.rows_read',
      'imports.basis',
      'imports.reply_only',
      'lists.double_opt_in',
      'import_files.content',
    ])
    .where('imports.id', '=', importId)
    .where('imports.state', '=', 'running')
    .executeTakeFirst();
  if (!row) return null;
  const mapping = ImportMapping.nullable().parse(row.mapping) ?? undefined;
  return {
    listId: row.list_id,
    file: { name: row.file_name, content: row.content },
    mapping,
    defaultCountry: row.default_country,
    rowsRead: row.rows_read,
    basis: ConsentBasis.nullable().parse(row.basis),
    isReplyOnly: row.reply_only,
    asksFirst: row.double_opt_in,
    rules: await listContactFields(trx),
  };
}

/** How the text was read; null for a workbook. */
export async function noteEncoding(trx: Trx, { importId }: Place, encoding: TextEncoding | null): Promise<void> {
  await trx.updateTable('imports').set({ encoding }).where('id', '=', importId).execute();
}

/** Rows of a blast's own file that were rejected. */
export async function countRejected(trx: Trx, campaignId: string): Promise<number> {
  const { rows } = await sql<{ rejected: number }>`
    select coalesce(sum(rejected), 0)::int as rejected from imports where campaign_id = ${campaignId}`.execute(trx);
  return rows[0]?.rejected ?? 0;
}

export type ImportBatch = Place & {
  listId: string;
  /** Rows of the file before this batch. */
  from: number;
  rows: number;
  recipients: readonly ListRecipient[];
  rejects: readonly Reject[];
  /** Contacts that came before in this file; this batch's are added. */
  seen: Map<string, number>;
  basis: ConsentBasis | null;
  isReplyOnly: boolean;
  /** Their list asks by mail: whatever the file says, they get campaigns by mail once they have said yes. */
  asksFirst: boolean;
};

/**
 * One batch: people saved, rejects kept, progress written, in the caller's transaction. Answers false when somebody else goes on with the
 * import or it was stopped. A batch that was done before, by a worker that died later, only fills `seen` again.
 */
export async function saveImportBatch(trx: Trx, batch: ImportBatch): Promise<boolean> {
  const { rows: held } = await sql<{ rows_read: number }>`
    select rows_read from imports where id = ${batch.importId} and state = 'running' for update`.execute(trx);
  const done = held[0]?.rows_read;
  if (done === undefined) return false;
  const known = await matchContacts(trx, batch.recipients);
  const { fresh, twice } = partByContact(batch, known);
  if (done >= batch.from + batch.rows) return true;
  if (done !== batch.from) return false;
  const saved = await saveRecipients(trx, {
    workspaceId: batch.workspaceId,
    listId: batch.listId,
    recipients: fresh,
    known,
    isReplyOnly: batch.isReplyOnly,
  });
  if (batch.basis && !batch.asksFirst) await recordConsents(trx, consentsOf(batch, batch.basis, saved));
  const contactIds = saved.map((one) => one.contactId);
  const evidence = `import ${batch.importId}`;
  if (batch.asksFirst) await holdUntilConfirmed(trx, { workspaceId: batch.workspaceId, contactIds, evidence, now: new Date() });
  for (const one of saved) batch.seen.set(one.contactId, one.row);
  const rejects = [...batch.rejects, ...twice];
  await addRejects(trx, batch, rejects);
  const added = saved.filter((one) => one.isListed).length;
  const duplicates = rejects.filter((reject) => reject.code === 'duplicate').length;
  await sql`
    update imports set rows_read = rows_read + ${batch.rows}, added = added + ${added}, updated = updated + ${saved.length - added},
           duplicates = duplicates + ${duplicates}, rejected = rejected + ${rejects.length - duplicates} where id = ${batch.importId}`.execute(trx);
  await tell(trx, batch);
  return true;
}

const consentsOf = ({ workspaceId, importId }: Place, basis: ConsentBasis, saved: readonly { contactId: string }[]) => ({
  workspaceId,
  contactIds: saved.map((one) => one.contactId),
  purpose: 'marketing' as const,
  state: 'given' as const,
  source: 'import' as const,
  evidence: `${basis.source}: ${basis.evidence} (import ${importId})`,
  at: new Date(basis.date),
});

/** A row whose person came before in the file, known by another of their addresses, is a duplicate too. */
function partByContact({ recipients, seen }: ImportBatch, known: ReadonlyMap<number, string>): { fresh: ListRecipient[]; twice: Reject[] } {
  const fresh: ListRecipient[] = [];
  const twice: Reject[] = [];
  for (const recipient of recipients) {
    const contactId = known.get(recipient.row);
    const earlier = contactId === undefined ? undefined : seen.get(contactId);
    if (contactId !== undefined && earlier === undefined) seen.set(contactId, recipient.row);
    if (earlier === undefined) fresh.push(recipient);
    else
      twice.push({
        row: recipient.row,
        column: null,
        value: null,
        code: 'duplicate',
        reason: `This person stands in row ${earlier} under another address.`,
      });
  }
  return { fresh, twice };
}

async function addRejects(trx: Trx, { workspaceId, importId }: Place, rejects: readonly Reject[]): Promise<void> {
  if (rejects.length === 0) return;
  await sql`
    insert into import_rejects (import_id, workspace_id, row, column_name, value, code, reason)
    select ${importId}, ${workspaceId}, o.row, o."column", o.value, o.code, o.reason
      from jsonb_to_recordset(${JSON.stringify(rejects)}::jsonb) as o (row integer, "column" text, value text, code text, reason text)`.execute(trx);
}

/** What a person reads of an import that nobody works on any more. */
const givenUp = 'The import was interrupted again and again and was given up. What it took in stays; try again, and it goes on where it was left.';

/** Fails an import that still runs and that no job will finish. Its file stays, so that it can be tried again. Answers whether it did. */
export async function giveUpImport(trx: Trx, ask: Place & { now: Date }): Promise<boolean> {
  const { rows } = await sql<{ list_id: string }>`
    update imports set state = 'failed', error = ${givenUp}, ended_at = ${ask.now} where id = ${ask.importId} and state = 'running'
    returning list_id`.execute(trx);
  if (rows[0]) await tell(trx, { ...ask, listId: rows[0].list_id });
  return rows.length > 0;
}

/** Lets an import that was given up run again, from where it was left. Throws `wrong_state` when its file is not kept. */
export async function retryImport(trx: Trx, ask: Place): Promise<ImportReply> {
  const before = await readImport(trx, ask.importId);
  const { rows } = await sql`
    update imports set state = 'running', error = null, ended_at = null where id = ${ask.importId} and state = 'failed'
       and exists (select from import_files where import_id = ${ask.importId}) returning 1`.execute(trx);
  if (rows.length === 0) throw new Failure('wrong_state', 'Only an import that was given up can be tried again. Import the file once more.');
  await tell(trx, { ...ask, listId: before.listId });
  return readImport(trx, ask.importId);
}

/** Files that were kept for another try and that nobody asked for until `before` are forgotten, in every workspace. */
export async function forgetImportFiles(db: Db, before: Date): Promise<void> {
  await sql`select forget_import_files(${before})`.execute(db);
}

/** Ends an import that still runs; its file goes. */
export async function endImport(trx: Trx, ask: Place & { state: 'done' | 'failed' | 'stopped'; error?: string; now: Date }): Promise<void> {
  const { rows } = await sql<{ list_id: string }>`
    update imports set state = ${ask.state}, error = ${ask.error?.slice(0, 1000).toWellFormed() ?? null}, ended_at = ${ask.now}
     where id = ${ask.importId} and state = 'running' returning list_id`.execute(trx);
  if (!rows[0]) return;
  await trx.deleteFrom('import_files').where('import_id', '=', ask.importId).execute();
  await tell(trx, { ...ask, listId: rows[0].list_id });
}

export async function listRejects(trx: Trx, { importId, cursor, limit }: { importId: string } & PageAsk) {
  await readImport(trx, importId);
  const after = readCursor(cursor, z.tuple([z.number().int()]))?.[0] ?? -1;
  const rows = await trx
    .selectFrom('import_rejects')
    .select(['row', 'column_name as column', 'value', 'code', 'reason'])
    .where('import_id', '=', importId)
    .where('row', '>', after)
    .orderBy('row')
    .limit(limit + 1)
    .execute();
  return pageOfRows(rows, limit, (row) => [row.row]);
}

async function tell(trx: Trx, { workspaceId, importId, listId }: Place & { listId: string }): Promise<void> {
  await sql`update lists set updated_at = now() where id = ${listId}`.execute(trx);
  await recordEvents(trx, workspaceId, [
    { kind: 'import_changed', importId, listId },
    { kind: 'list_changed', listId },
  ]);
}

function toImport(row: Selectable<Imports> & { has_file?: unknown }): ImportReply {
  return {
    id: row.id,
    listId: row.list_id,
    fileName: row.file_name,
    encoding: row.encoding as ImportReply['encoding'], // Only `noteEncoding` writes it.
    state: row.state as ImportReply['state'], // The table's check allows no other.
    rowsRead: row.rows_read,
    added: row.added,
    updated: row.updated,
    duplicates: row.duplicates,
    rejected: row.rejected,
    error: row.error,
    isReplyOnly: row.reply_only,
    canRetry: row.state === 'failed' && row.has_file === true,
    startedAt: instant(row.started_at),
    endedAt: instant(row.ended_at),
  };
}
