import { sql } from 'kysely';
import type { AddressKind } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import { audience, audienceAskOf } from './audience.ts';
import type { Trx } from './database.ts';

/** The contact behind an address; somebody new becomes one. `value` is the normal form that core/address gives. */
export async function contactFor(trx: Trx, ask: { workspaceId: string; kind: AddressKind; value: string }): Promise<{ id: string; name: string }> {
  const known = await findContact(trx, ask);
  if (known) return known;
  const { rows } = await sql<{ contact_id: string }>`
    with made as (insert into contacts (workspace_id) values (${ask.workspaceId}) returning id)
    insert into aliases (workspace_id, contact_id, kind, value) select ${ask.workspaceId}, id, ${ask.kind}, ${ask.value} from made
    on conflict (workspace_id, kind, value) do nothing returning contact_id`.execute(trx);
  const made = rows[0];
  if (made) return { id: made.contact_id, name: '' };
  // Somebody else made it at the same moment, and its transaction has ended: the conflict waited for it.
  const other = await findContact(trx, ask);
  if (!other) throw new Failure('busy');
  return other;
}

async function findContact(trx: Trx, { kind, value }: { kind: AddressKind; value: string }): Promise<{ id: string; name: string } | undefined> {
  return trx
    .selectFrom('aliases')
    .innerJoin('contacts', 'contacts.id', 'aliases.contact_id')
    .select(['contacts.id', 'contacts.name'])
    .where('aliases.kind', '=', kind)
    .where('aliases.value', '=', value)
    .executeTakeFirst();
}

const sentences: Record<string, string> = {
  suppressed: 'This person asked not to be written to. Nothing is sent until they agree again.',
  denied: 'A rule denies this address.',
  not_allowed: 'Only allowed addresses are written to, and this one is not among them.',
  address_gone: 'What was sent to this address came back for good. Write to another one, or remove its line under Contacts, Rules.',
};

/** The same rules as in a campaign, for one message. Throws `send_refused` that says which one holds it back. */
export async function refuseUnlessWritable(
  trx: Trx,
  ask: { workspaceId: string; contactId: string; accountId: string; addressKind: string; address: string | null },
): Promise<void> {
  const one = await audienceAskOf(trx, {
    workspaceId: ask.workspaceId,
    listIds: [],
    contactIds: [ask.contactId],
    senderIds: [ask.accountId],
    variables: [],
  });
  // A campaign would pass it over for another address of the person; here it was chosen.
  const { rows } = await sql<{ skip: string | null; is_gone: boolean }>`
    select skip, exists (select from address_rules r where r.effect = 'gone' and r.kind = ${ask.addressKind} and r.value = ${ask.address}) as is_gone
      from (${audience(one)}) who`.execute(trx);
  const sentence = sentences[rows[0]?.skip ?? ''] ?? (rows[0]?.is_gone ? sentences.address_gone : undefined);
  if (sentence) throw new Failure('send_refused', sentence);
}
