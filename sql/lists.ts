import { sql } from 'kysely';
import { z } from 'zod';
import type { List } from '#core/api/lists.ts';
import { Failure } from '#core/failure.ts';
import { namedLike } from './contact-list.ts';
import { type ContactRow, contactColumns, readContact, toContact } from './contacts.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { type PageAsk, pageOfRows, readCursor } from './page.ts';
import { type ListRecipient, matchContacts, saveRecipients } from './save-recipients.ts';
import { brokenUnique } from './unique.ts';

type ListReply = z.output<typeof List>;
type Place = { workspaceId: string; listId: string };

/** All lists with their counts in one statement. */
export async function listLists(trx: Trx, listId: string | null = null): Promise<ListReply[]> {
  const { rows } = await sql<{
    id: string;
    name: string;
    entries: number;
    phones: number;
    emails: number;
    suppressed: number;
    doubleOptIn: boolean;
    confirmFrom: string | null;
    confirmLanguage: 'en' | 'ru';
    created_at: Date;
    updated_at: Date;
  }>`
    select l.id, l.name, l.created_at, l.updated_at, l.double_opt_in as "doubleOptIn", l.confirm_from as "confirmFrom", l.confirm_language as "confirmLanguage", count(e.contact_id)::int as entries, count(*) filter (where a.has_phone)::int as phones,
           count(*) filter (where a.has_email)::int as emails, count(s.contact_id)::int as suppressed
      from lists l
      left join list_entries e on e.list_id = l.id
      left join (select contact_id, bool_or(kind = 'phone') as has_phone, bool_or(kind = 'email') as has_email from aliases group by contact_id) a on a.contact_id = e.contact_id
      left join suppressions s on s.contact_id = e.contact_id and s.lifted_at is null
     where ${listId}::uuid is null or l.id = ${listId}::uuid
     group by l.id order by lower(l.name), l.id`.execute(trx);
  return rows.map(({ created_at, updated_at, ...row }) => ({ ...row, createdAt: instant(created_at), updatedAt: instant(updated_at) }));
}

export async function readList(trx: Trx, listId: string): Promise<ListReply> {
  const [list] = await listLists(trx, listId);
  if (!list) throw new Failure('not_found');
  return list;
}

export async function addList(trx: Trx, workspaceId: string, name: string): Promise<ListReply> {
  const { id } = await trx.insertInto('lists').values({ workspace_id: workspaceId, name }).returning('id').executeTakeFirstOrThrow().catch(nameTaken);
  await recordEvent(trx, workspaceId, { kind: 'list_changed', listId: id });
  return readList(trx, id);
}

type ListChange = {
  name?: string | undefined;
  doubleOptIn?: boolean | undefined;
  confirmFrom?: string | null | undefined;
  confirmLanguage?: 'en' | 'ru' | undefined;
};

export async function changeList(
  trx: Trx,
  { workspaceId, listId }: Place,
  { name, doubleOptIn, confirmFrom, confirmLanguage }: ListChange,
): Promise<ListReply> {
  if (confirmFrom && !(await trx.selectFrom('mail_accounts').select('account_id').where('account_id', '=', confirmFrom).executeTakeFirst()))
    throw new Failure('invalid_input', undefined, { fields: { confirmFrom: 'is no mail account of this workspace' } });
  await trx
    .updateTable('lists')
    .set((eb) => ({
      name: name ?? eb.ref('name'),
      double_opt_in: doubleOptIn ?? eb.ref('double_opt_in'),
      confirm_from: confirmFrom === undefined ? eb.ref('confirm_from') : confirmFrom,
      confirm_language: confirmLanguage ?? eb.ref('confirm_language'),
      updated_at: sql<Date>`now()`,
    }))
    .where('id', '=', listId)
    .execute()
    .catch(nameTaken);
  await recordEvent(trx, workspaceId, { kind: 'list_changed', listId });
  return readList(trx, listId);
}

/** Its contacts stay. A draft that names it is told so, because the list would silently be missing from its audience. */
export async function removeList(trx: Trx, { workspaceId, listId }: Place): Promise<void> {
  const { rows: drafts } = await sql<{ name: string }>`
    select name from campaigns where state in ('draft', 'planning') and audience -> 'listIds' ? ${listId}::text limit 1`.execute(trx);
  if (drafts[0]) throw new Failure('in_use', `The campaign ${drafts[0].name} still writes to this list.`);
  const { numDeletedRows } = await trx.deleteFrom('lists').where('id', '=', listId).executeTakeFirst();
  if (numDeletedRows === 0n) throw new Failure('not_found');
  await recordEvent(trx, workspaceId, { kind: 'list_changed', listId });
}

/** Contacts in the order of the list. `search` looks into names and addresses. */
export async function listEntries(trx: Trx, ask: { listId: string; search?: string | undefined } & PageAsk) {
  await requireList(trx, ask.listId);
  const after = readCursor(ask.cursor, z.tuple([z.number().int()]))?.[0] ?? null;
  const { rows } = await sql<ContactRow & { position: number }>`
    select ${contactColumns}, e.position from list_entries e join contacts c on c.id = e.contact_id
     where e.list_id = ${ask.listId} and (${after}::bigint is null or e.position > ${after}::bigint) and ${namedLike(ask.search)}
     order by e.position limit ${ask.limit + 1}`.execute(trx);
  const page = pageOfRows(rows, ask.limit, (row) => [row.position]);
  return { rows: page.rows.map(toContact), next: page.next };
}

/** Fields that anybody on the list has. */
export async function fieldsOn(trx: Trx, listId: string): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    select distinct k as key from list_entries e join contacts c on c.id = e.contact_id, jsonb_object_keys(c.fields) k where e.list_id = ${listId} order by k`.execute(
    trx,
  );
  return rows.map(({ key }) => key);
}

/** Somebody new, or somebody known by one of the addresses who then gets the given name and fields. */
export async function addEntry(trx: Trx, { workspaceId, listId, recipient }: Place & { recipient: ListRecipient }) {
  await requireList(trx, listId);
  const known = await matchContacts(trx, [recipient]);
  const [saved] = await saveRecipients(trx, { workspaceId, listId, recipients: [recipient], known });
  if (!saved) throw new Failure('broken');
  await recordEvent(trx, workspaceId, { kind: 'list_changed', listId });
  await recordEvent(trx, workspaceId, { kind: 'contact_changed', contactId: saved.contactId });
  return readContact(trx, saved.contactId);
}

export async function removeEntry(trx: Trx, { workspaceId, listId, contactId }: Place & { contactId: string }): Promise<void> {
  const { numDeletedRows } = await trx
    .deleteFrom('list_entries')
    .where('list_id', '=', listId)
    .where('contact_id', '=', contactId)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new Failure('not_found');
  await recordEvent(trx, workspaceId, { kind: 'list_changed', listId });
}

export async function requireList(trx: Trx, listId: string): Promise<void> {
  const row = await trx.selectFrom('lists').select('id').where('id', '=', listId).executeTakeFirst();
  if (!row) throw new Failure('not_found');
}

/** Those of the lists that there are. */
export async function knownLists(trx: Trx, listIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from lists where id = any(${[...new Set(listIds)]}::uuid[])`.execute(trx);
  return rows.map((row) => row.id);
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error))
    throw new Failure('already_exists', 'A list with this name exists already.', { cause: error, fields: { name: 'is taken' } });
  throw error;
}
