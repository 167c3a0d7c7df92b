import { sql } from 'kysely';
import type { AddressKind } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { recordEvents } from './events.ts';
import { mergeContacts } from './merge-contacts.ts';
import { withoutTurns } from './without-turns.ts';

export type SplitAsk = {
  workspaceId: string;
  contactId: string;
  /** In the form in which they are stored, with those that follow from them. */
  addresses: readonly { kind: AddressKind; value: string }[];
  name: string;
  personId: string;
  now: Date;
};

/**
 * Addresses become a contact of their own, with the conversations and the messages that go by them; its id. Who has asked not to be written to stays
 * so under both, and the ledger until now is the history of both. Throws `not_found`, `invalid_input`.
 */
export const splitContact = (trx: Trx, ask: SplitAsk): Promise<string> => withoutTurns(trx, () => split(trx, ask));

async function split(trx: Trx, ask: SplitAsk): Promise<string> {
  const { workspaceId, contactId, personId, now } = ask;
  const { rows: held } = await sql`select from contacts where id = ${contactId} for update`.execute(trx);
  if (held.length === 0) throw new Failure('not_found');
  const { rows } = await sql<{ id: string }>`
    insert into contacts (workspace_id, name, zone, reply_only) select workspace_id, ${ask.name}, zone, reply_only from contacts where id = ${contactId} returning id`.execute(
    trx,
  );
  const otherId = rows[0]?.id ?? '';
  const { rows: moved } = await sql<{ value: string }>`
    update aliases al set contact_id = ${otherId} from jsonb_to_recordset(${JSON.stringify(ask.addresses)}::jsonb) as o (kind text, value text)
     where al.contact_id = ${contactId} and al.kind = o.kind and al.value = o.value returning al.value`.execute(trx);
  if (moved.length === 0) throw new Failure('invalid_input', 'This person has no such address.', { fields: { addresses: 'are not theirs' } });
  const left = await trx.selectFrom('aliases').select('id').where('contact_id', '=', contactId).limit(1).execute();
  if (left.length === 0)
    throw new Failure('invalid_input', 'One address has to stay with this person.', { fields: { addresses: 'are all there are' } });
  await moveWhatGoesBy(trx, { contactId, otherId });
  await copyRefusals(trx, { contactId, otherId });
  const origin = { workspace_id: workspaceId, contact_id: otherId, from_id: contactId };
  await trx.insertInto('split_contacts').values(origin).execute();
  const made = { workspace_id: workspaceId, kind: 'split', contact_id: contactId, other_id: otherId, person_id: personId, made_at: now };
  await trx.insertInto('merges').values(made).execute();
  await recordEvents(trx, workspaceId, [
    { kind: 'contact_changed', contactId },
    { kind: 'contact_changed', contactId: otherId },
  ]);
  return otherId;
}

type Two = { contactId: string; otherId: string };

/** The conversation `v` is held with an address of this contact. Platforms write a number without its plus. */
export const goesBy = (contactId: string) =>
  sql`exists (select from aliases al where al.contact_id = ${contactId} and ltrim(lower(al.value), '+') = ltrim(lower(v.peer), '+'))`;

async function moveWhatGoesBy(trx: Trx, { contactId, otherId }: Two): Promise<void> {
  await sql`
    update conversations v set contact_id = ${otherId}, updated_at = now() where v.contact_id = ${contactId} and ${goesBy(otherId)}`.execute(trx);
  await sql`
    update deliveries d set contact_id = ${otherId} where d.contact_id = ${contactId}
       and exists (select from aliases al where al.contact_id = ${otherId} and al.kind = d.address_kind and al.value = d.address)`.execute(trx);
  await sql`
    update bounces b set contact_id = ${otherId} where b.contact_id = ${contactId}
       and exists (select from aliases al where al.contact_id = ${otherId} and al.value = lower(b.recipient))`.execute(trx);
}

async function copyRefusals(trx: Trx, { contactId, otherId }: Two): Promise<void> {
  await sql`insert into suppressions (workspace_id, contact_id, source, evidence, message_id, at, until)
    select workspace_id, ${otherId}, source, evidence, message_id, at, until from suppressions where contact_id = ${contactId} and lifted_at is null`.execute(
    trx,
  );
  await sql`insert into channel_refusals (contact_id, channel, workspace_id, at)
    select ${otherId}, channel, workspace_id, at from channel_refusals where contact_id = ${contactId}`.execute(trx);
  await sql`insert into standing_consents (contact_id, purpose, channel, workspace_id, state, source, at)
    select ${otherId}, purpose, channel, workspace_id, state, source, at from standing_consents where contact_id = ${contactId}`.execute(trx);
}

/** The one that came out goes back in; what is known of the one who stayed stays. Throws `wrong_state`. */
export async function undoSplit(trx: Trx, { workspaceId, contactId, otherId, now }: Two & { workspaceId: string; now: Date }): Promise<void> {
  const facts = await trx
    .selectFrom('contacts')
    .select(['id', 'name', 'fields', 'zone', 'reply_only'])
    .where('id', 'in', [contactId, otherId])
    .execute();
  const own = facts.find((row) => row.id === contactId);
  if (!own || facts.length < 2) throw new Failure('wrong_state', 'The other contact was merged or erased since. Take that back first.');
  const mergeId = await mergeContacts(trx, { workspaceId, from: otherId, into: contactId, personId: null, now });
  const { id, fields, ...rest } = own;
  await trx
    .updateTable('contacts')
    .set({ ...rest, fields: JSON.stringify(fields) })
    .where('id', '=', id)
    .execute();
  await trx.deleteFrom('merges').where('id', '=', mergeId).execute();
  await trx.deleteFrom('split_contacts').where('contact_id', '=', otherId).execute();
}
