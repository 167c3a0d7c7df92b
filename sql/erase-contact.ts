import { type RawBuilder, sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import type { MediaPlace } from '#core/media.ts';
import type { Trx } from './database.ts';
import { eraseTraces } from './erase-traces.ts';
import { recordEvent } from './events.ts';

export type Erased = { counts: Record<string, number>; files: MediaPlace[] };
export type EraseAsk = { workspaceId: string; contactId: string; keepsAway: boolean };
/** Everything that a person goes by here. */
export type Person = { contactIds: string[]; addresses: { kind: string; value: string }[]; words: string[] };

/**
 * Takes away all that is known of a person and says how much it was. What stays: the numbers of campaigns, and, of who must not be written to, marks of
 * their addresses. Answers the files whose bytes are the store's to remove. Throws `not_found`, and `busy` while a message to them is being sent.
 */
export async function eraseContact(trx: Trx, { workspaceId, contactId, keepsAway }: EraseAsk): Promise<Erased> {
  const person = await readPerson(trx, contactId);
  const ids = sql`any(${person.contactIds}::uuid[])`;
  const { rows: under } = await sql`select 1 from deliveries where contact_id = ${contactId} and state = 'committing' limit 1`.execute(trx);
  if (under.length > 0) throw new Failure('busy', 'A message to this person is being sent at this moment.');
  const counts: Record<string, number> = { addresses: person.addresses.length };
  const count = async (name: string, statement: RawBuilder<unknown>) => {
    const { numAffectedRows, rows } = await statement.execute(trx);
    counts[name] = (counts[name] ?? 0) + Number(numAffectedRows ?? rows.length);
  };
  if (keepsAway || (await isRefused(trx, contactId)))
    await sql`select keep_away(${workspaceId}, ${JSON.stringify(person.addresses)}::jsonb)`.execute(trx);
  const talks = sql`select id from conversations where contact_id = ${contactId}`;
  const files = await filesOf(trx, contactId);
  await count(
    'traces',
    sql`delete from runs where delivery_id in (select id from deliveries where contact_id = ${contactId} or conversation_id in (${talks}))`,
  );
  await count(
    'traces',
    sql`delete from runs where flow in ('read', 'check') and account_id in (select account_id from conversations where contact_id = ${contactId})`,
  );
  for (const table of ['message_marks', 'incoming_files'])
    await count(
      'marks',
      sql`delete from ${sql.table(table)} t using messages m where m.conversation_id in (${talks}) and t.account_id = m.account_id and t.platform_id = m.platform_id`,
    );
  await count('bounces', sql`delete from bounces where contact_id = ${contactId} or lower(recipient) = any(${person.words}::text[])`);
  await count(
    'posts to hooks',
    sql`delete from hook_posts where line in (select id::text from conversations where contact_id = ${contactId}) or subject ->> 'contactId' = any(${person.contactIds}::text[])`,
  );
  await count('messages', sql`delete from messages where conversation_id in (${talks})`);
  await count('notes', sql`delete from conversation_notes where conversation_id in (${talks})`);
  await count('sends', sql`delete from deliveries where campaign_id is null and (contact_id = ${contactId} or conversation_id in (${talks}))`);
  await count('campaigns', scrubDeliveries(contactId));
  await count('conversations', sql`delete from conversations where contact_id = ${contactId}`);
  await eraseTraces({ trx, workspaceId, person, count });
  // Somebody they were once mistaken for keeps what they were, to be able to take it back.
  await count(
    'merges',
    sql`delete from merges m where m.contact_id = ${ids} or m.other_id = ${ids} or exists (
      select from jsonb_to_recordset(m.before -> 'aliases') as o (kind text, value text)
        join jsonb_to_recordset(${JSON.stringify(person.addresses)}::jsonb) as p (kind text, value text) on p.kind = o.kind and p.value = o.value)`,
  );
  await sql`delete from split_contacts where contact_id = ${ids} or from_id = ${ids}`.execute(trx);
  await sql`delete from contacts where id = ${contactId}`.execute(trx);
  const { rows: ledger } = await sql<{ gone: number }>`select erase_consents(${person.contactIds}::uuid[]) as gone`.execute(trx);
  counts.consents = ledger[0]?.gone ?? 0;
  const gone = await removeUnused(trx, files);
  counts.files = gone.length;
  await recordEvent(trx, workspaceId, { kind: 'contact_changed', contactId });
  return { counts, files: gone.map((mediaId) => ({ workspaceId, mediaId })) };
}

async function readPerson(trx: Trx, contactId: string): Promise<Person> {
  const { rows: held } = await sql<{ name: string }>`select name from contacts where id = ${contactId} for update`.execute(trx);
  if (held.length === 0) throw new Failure('not_found');
  const merged = await trx.selectFrom('merged_contacts').select('contact_id').where('into_id', '=', contactId).execute();
  const aliases = await trx.selectFrom('aliases').select(['kind', 'value', 'typed']).where('contact_id', '=', contactId).execute();
  // Platforms write a number without its plus.
  const words = aliases.flatMap(({ kind, value, typed }) => [
    value.toLowerCase(),
    ...(typed ? [typed.toLowerCase()] : []),
    ...(kind === 'phone' ? [value.replace('+', '')] : []),
  ]);
  return {
    contactIds: [contactId, ...merged.map((row) => row.contact_id)],
    addresses: aliases.map(({ kind, value }) => ({ kind, value })),
    words: [...new Set(words)],
  };
}

async function isRefused(trx: Trx, contactId: string): Promise<boolean> {
  const { rows } = await sql`select 1 from suppressions where contact_id = ${contactId} and lifted_at is null and until is null
    union all select 1 from standing_consents where contact_id = ${contactId} and state = 'refused' limit 1`.execute(trx);
  return rows.length > 0;
}

/** A campaign keeps its numbers: that something was sent, not to whom or what it said. */
const scrubDeliveries = (contactId: string) => sql`
  update deliveries set contact_id = null, conversation_id = null, address = case when address is null then null else 'erased ' || id end, name = '', merge = '{}', subject = null,
         body = case when body is null then null else '' end, error = null, extras = null, anchor = null, platform_id = null, client_key = null, confirms = null,
         state = case when state in ('planned', 'claimed', 'uncertain') then 'cancelled' else state end, ended_at = coalesce(ended_at, now()), updated_at = now()
   where contact_id = ${contactId}`;

async function filesOf(trx: Trx, contactId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select m.media_id as id from messages m join conversations v on v.id = m.conversation_id where v.contact_id = ${contactId} and m.media_id is not null
    union select media_id from deliveries where contact_id = ${contactId} and campaign_id is null and media_id is not null`.execute(trx);
  return rows.map((row) => row.id);
}

/** A file that somebody else was sent too stays with them. */
async function removeUnused(trx: Trx, files: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    delete from media k where k.id = any(${[...files]}::uuid[])
       and not exists (select from messages where media_id = k.id) and not exists (select from deliveries where media_id = k.id)
       and not exists (select from campaigns where media_id = k.id) returning k.id`.execute(trx);
  return rows.map((row) => row.id);
}
