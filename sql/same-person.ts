import { sql } from 'kysely';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';

export type PersonAlias = { kind: 'phone' | 'scoped_id'; value: string };

/** All of these are one person: the contact that has one of them gets the others too, and contacts that were two become one. Answers its id. */
export async function joinAliases(
  trx: Trx,
  ask: { workspaceId: string; aliases: readonly PersonAlias[]; name: string | null },
): Promise<string | null> {
  if (ask.aliases.length === 0) return null;
  const [first, ...others] = await ownersOf(trx, ask.aliases);
  const contactId = first ?? (await addContact(trx, ask));
  if (first && ask.name) await sql`update contacts set name = ${ask.name}, updated_at = now() where id = ${first} and name = ''`.execute(trx);
  for (const other of others) await mergeContacts(trx, { workspaceId: ask.workspaceId, from: other, into: contactId });
  await sql`
    insert into aliases (workspace_id, contact_id, kind, value)
    select ${ask.workspaceId}, ${contactId}, o.kind, o.value from jsonb_to_recordset(${JSON.stringify(ask.aliases)}::jsonb) as o (kind text, value text)
     order by o.kind, o.value on conflict (workspace_id, kind, value) do nothing`.execute(trx);
  // Another worker may have given one of them to somebody of its own meanwhile: the insert has waited for it.
  for (const other of await ownersOf(trx, ask.aliases))
    if (other !== contactId) await mergeContacts(trx, { workspaceId: ask.workspaceId, from: other, into: contactId });
  return contactId;
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

/** Everything of one goes to the other: conversations on the same account become one. An opt-out of either is one of both. */
async function mergeContacts(trx: Trx, { workspaceId, from, into }: { workspaceId: string; from: string; into: string }): Promise<void> {
  // Whoever is adding to either of them ends first: what they add would go with the contact or the conversation that is deleted below.
  await sql`select from contacts where id in (${from}, ${into}) order by id for update`.execute(trx);
  await sql`select from conversations where contact_id in (${from}, ${into}) order by id for update`.execute(trx);
  await sql`update aliases set contact_id = ${into} where contact_id = ${from}`.execute(trx);
  await sql`
    with pairs as (
      select f.id as gone, i.id as kept from conversations f join conversations i on i.account_id = f.account_id and i.contact_id = ${into} where f.contact_id = ${from}
    ), moved as (update messages m set conversation_id = p.kept from pairs p where m.conversation_id = p.gone),
    planned as (update deliveries d set conversation_id = p.kept from pairs p where d.conversation_id = p.gone)
    update conversations v set last_message_at = greatest(v.last_message_at, g.last_message_at), last_incoming_at = greatest(v.last_incoming_at, g.last_incoming_at),
           unread = v.unread + g.unread, updated_at = now()
      from pairs p join conversations g on g.id = p.gone where v.id = p.kept`.execute(trx);
  await sql`
    delete from conversations f using conversations i where f.contact_id = ${from} and i.contact_id = ${into} and i.account_id = f.account_id`.execute(
    trx,
  );
  await sql`update conversations set contact_id = ${into}, updated_at = now() where contact_id = ${from}`.execute(trx);
  await sql`update deliveries set contact_id = ${into} where contact_id = ${from}`.execute(trx);
  await sql`update bounces set contact_id = ${into} where contact_id = ${from}`.execute(trx);
  await sql`insert into list_entries (list_id, contact_id, workspace_id) select list_id, ${into}, workspace_id from list_entries where contact_id = ${from}
    on conflict do nothing`.execute(trx);
  // The one that lasts longer stays: a pause of one may not end what the other has ended for good.
  await sql`delete from suppressions i using suppressions f where i.contact_id = ${into} and i.lifted_at is null and f.contact_id = ${from} and f.lifted_at is null
    and i.until < coalesce(f.until, 'infinity')`.execute(trx);
  await sql`update suppressions set contact_id = ${into} where contact_id = ${from}
    and (lifted_at is not null or not exists (select from suppressions s where s.contact_id = ${into} and s.lifted_at is null))`.execute(trx);
  await sql`update contacts i set name = coalesce(nullif(i.name, ''), f.name), fields = f.fields || i.fields, zone = coalesce(i.zone, f.zone),
    reply_only = i.reply_only and f.reply_only, updated_at = now()
    from contacts f where i.id = ${into} and f.id = ${from}`.execute(trx);
  await sql`update merged_contacts set into_id = ${into} where into_id = ${from}`.execute(trx);
  await sql`insert into merged_contacts (contact_id, into_id, workspace_id) values (${from}, ${into}, ${workspaceId})`.execute(trx);
  await sql`insert into channel_refusals (contact_id, channel, workspace_id, at) select ${into}, channel, workspace_id, at from channel_refusals
    where contact_id = ${from} on conflict do nothing`.execute(trx);
  // A refusal of either outweighs what the other agreed to; otherwise the newest word counts. The ledger itself stays as it was written.
  await sql`
    insert into standing_consents as i (contact_id, purpose, channel, workspace_id, state, source, at)
    select ${into}, purpose, channel, workspace_id, state, source, at from standing_consents where contact_id = ${from}
    on conflict (contact_id, purpose, channel) do update set state = excluded.state, source = excluded.source, at = excluded.at
      where excluded.state = 'refused' or (i.state <> 'refused' and i.at < excluded.at)`.execute(trx);
  await sql`delete from contacts where id = ${from}`.execute(trx);
  await recordEvent(trx, workspaceId, { kind: 'contact_changed', contactId: into });
}
