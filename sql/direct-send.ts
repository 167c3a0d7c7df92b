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
};

/** The same rules as in a campaign, for one message. Throws `send_refused` that says which one holds it back. */
export async function refuseUnlessWritable(trx: Trx, ask: { workspaceId: string; contactId: string; accountId: string }): Promise<void> {
  const one = await audienceAskOf(trx, {
    workspaceId: ask.workspaceId,
    listIds: [],
    contactIds: [ask.contactId],
    senderIds: [ask.accountId],
    variables: [],
  });
  const { rows } = await sql<{ skip: string | null }>`select skip from (${audience(one)}) who`.execute(trx);
  const sentence = sentences[rows[0]?.skip ?? ''];
  if (sentence) throw new Failure('send_refused', sentence);
}
