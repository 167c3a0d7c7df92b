import { sql } from 'kysely';
import type { Trx } from './database.ts';
import { mergeContacts } from './merge-contacts.ts';

export type PersonAlias = { kind: 'phone' | 'scoped_id'; value: string };

/** All of these are one person: the contact that has one of them gets the others too, and contacts that were two become one. Answers its id. */
export async function joinAliases(
  trx: Trx,
  ask: { workspaceId: string; aliases: readonly PersonAlias[]; name: string | null },
): Promise<string | null> {
  if (ask.aliases.length === 0) return null;
  const [first, ...others] = await ownersToJoin(trx, ask.aliases);
  const contactId = first ?? (await addContact(trx, ask));
  if (first && ask.name) await sql`update contacts set name = ${ask.name}, updated_at = now() where id = ${first} and name = ''`.execute(trx);
  const join = (from: string) => mergeContacts(trx, { workspaceId: ask.workspaceId, from, into: contactId, personId: null, now: new Date() });
  for (const other of others) await join(other);
  await sql`
    insert into aliases (workspace_id, contact_id, kind, value)
    select ${ask.workspaceId}, ${contactId}, o.kind, o.value from jsonb_to_recordset(${JSON.stringify(ask.aliases)}::jsonb) as o (kind text, value text)
     order by o.kind, o.value on conflict (workspace_id, kind, value) do nothing`.execute(trx);
  // Another worker may have given one of them to somebody of its own meanwhile: the insert has waited for it.
  for (const other of await ownersToJoin(trx, ask.aliases)) if (other !== contactId) await join(other);
  return contactId;
}

/** Where several are to become one, nobody merges any of them meanwhile. */
async function ownersToJoin(trx: Trx, aliases: readonly PersonAlias[]): Promise<string[]> {
  const owners = await ownersOf(trx, aliases);
  if (owners.length < 2) return owners;
  await sql`select from contacts where id = any(${owners}::uuid[]) order by id for update`.execute(trx);
  return ownersOf(trx, aliases);
}

/** Who has any of these, those known longest first. */
async function ownersOf(trx: Trx, aliases: readonly PersonAlias[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct c.id, c.created_at from jsonb_to_recordset(${JSON.stringify(aliases)}::jsonb) as o (kind text, value text)
      join aliases al on al.kind = o.kind and al.value = o.value join contacts c on c.id = al.contact_id order by c.created_at, c.id`.execute(trx);
  return rows.map((row) => row.id);
}

async function addContact(trx: Trx, { workspaceId, name }: { workspaceId: string; name: string | null }): Promise<string> {
  const row = await trx
    .insertInto('contacts')
    .values({ workspace_id: workspaceId, name: name ?? '' })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}
