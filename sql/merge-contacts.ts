import { type RawBuilder, sql } from 'kysely';
import type { Taking } from '#core/api/contacts.ts';
import type { SkipReason } from '#core/delivery.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { recordEvents } from './events.ts';
import { moveConversations } from './merge-conversations.ts';
import { deliveryAsItIs, type Moves, noteMoves } from './merge-moves.ts';
import { skipDeliveries } from './skip-deliveries.ts';
import { withoutTurns } from './without-turns.ts';

export type MergeAsk = {
  workspaceId: string;
  /** Goes into the other one. */
  from: string;
  into: string;
  /** Which of its facts count from here on; what the other one does not know is taken anyway. */
  taking?: Taking;
  /** Who of us asked for it; null: the program. */
  personId: string | null;
  now: Date;
};

/**
 * Everything of one goes to the other: conversations on the same account become one. An opt-out of either is one of both, and of a campaign that
 * has planned for both only one message is left. What was changed is kept for `undoMerge`; answers its id. Throws `not_found`.
 */
export const mergeContacts = (trx: Trx, ask: MergeAsk): Promise<string> => withoutTurns(trx, () => merge(trx, ask));

async function merge(trx: Trx, ask: MergeAsk): Promise<string> {
  const { workspaceId, from, into, now } = ask;
  // Whoever is adding to either of them ends first: what they add would go with the contact or the conversation that is deleted below.
  const { rows: held } = await sql`select from contacts where id in (${from}, ${into}) order by id for update`.execute(trx);
  // Somebody else has merged one of them meanwhile.
  if (held.length < 2) throw new Failure('not_found');
  await sql`select from conversations where contact_id in (${from}, ${into}) order by id for update`.execute(trx);
  const before = await rowsOf(trx, [from, into]);
  const { id } = await trx
    .insertInto('merges')
    .values({ workspace_id: workspaceId, kind: 'merge', contact_id: into, other_id: from, person_id: ask.personId, made_at: now, before })
    .returning('id')
    .executeTakeFirstOrThrow();
  await sql`update aliases set contact_id = ${into} where contact_id = ${from}`.execute(trx);
  await sql`update bot_turns set contact_id = ${into} where contact_id = ${from}`.execute(trx);
  await sql`update confirmations set contact_id = ${into} where contact_id = ${from}`.execute(trx);
  const moves = { workspaceId, mergeId: id, from, into };
  await moveConversations(trx, moves);
  await noteMoves(trx, moves, sql`select 'deliveries', d.id, ${deliveryAsItIs} from deliveries d where d.contact_id = ${from}`);
  await sql`update deliveries set contact_id = ${into} where contact_id = ${from}`.execute(trx);
  await noteMoves(trx, moves, sql`select 'bounces', b.id, '{}' from bounces b where b.contact_id = ${from}`);
  await sql`update bounces set contact_id = ${into} where contact_id = ${from}`.execute(trx);
  await sql`update list_entries f set contact_id = ${into} where contact_id = ${from}
    and not exists (select from list_entries i where i.list_id = f.list_id and i.contact_id = ${into})`.execute(trx);
  await moveRefusals(trx, ask);
  await moveFacts(trx, ask);
  await sql`update merged_contacts set into_id = ${into} where into_id = ${from}`.execute(trx);
  await sql`insert into merged_contacts (contact_id, into_id, workspace_id) values (${from}, ${into}, ${workspaceId})
    on conflict (contact_id) do update set into_id = excluded.into_id`.execute(trx);
  await sql`delete from contacts where id = ${from}`.execute(trx);
  await skipMoved(trx, moves, { reason: 'duplicate', now }, sql`d.id in (${planTwice(into)})`);
  await skipMoved(trx, moves, { reason: 'suppressed', now }, sql`d.confirms is null and ${refusesSend}`);
  await trx
    .updateTable('merges')
    .set({ made: await rowsOf(trx, [into]) })
    .where('id', '=', id)
    .execute();
  await recordEvents(trx, workspaceId, [
    { kind: 'contact_changed', contactId: into },
    { kind: 'contact_changed', contactId: from },
  ]);
  return id;
}

async function skipMoved(trx: Trx, moves: Moves, why: { reason: SkipReason; now: Date }, which: RawBuilder<unknown>): Promise<void> {
  const ofThem = sql`d.contact_id = ${moves.into} and ${which}`;
  await noteMoves(
    trx,
    moves,
    sql`select 'deliveries', d.id, ${deliveryAsItIs} from deliveries d where d.state in ('planned', 'claimed') and ${ofThem}`,
  );
  await skipDeliveries(trx, { workspaceId: moves.workspaceId, ...why }, ofThem);
}

const refusesSend = sql`refuses_send(d.workspace_id, d.contact_id, d.account_id, d.address_kind, d.address)`;

/** Of each campaign all that this person would get besides the one that is out, or is nearest to it. */
const planTwice = (contactId: string) => sql`
  select id from (
    select id, row_number() over (partition by campaign_id order by state in ('planned', 'claimed'), state = 'planned', position, id) as nth from deliveries
     where contact_id = ${contactId} and campaign_id is not null and state not in ('skipped', 'cancelled', 'failed')
  ) o where nth > 1`;

/** The rows of these contacts that a merge changes or takes away, but for those that can be many. */
async function rowsOf(trx: Trx, contactIds: readonly string[]): Promise<string> {
  const ids = sql`any(${[...contactIds]}::uuid[])`;
  const all = (of: string, which: RawBuilder<unknown>) =>
    sql`${sql.lit(of)}, (select coalesce(jsonb_agg(to_jsonb(t)), '[]') from ${sql.table(of)} t where ${which})`;
  const talks = sql`t.conversation_id in (select v.id from conversations v where v.contact_id = ${ids})`;
  const ofContact = ['aliases', 'confirmations', 'list_entries', 'suppressions', 'channel_refusals', 'standing_consents', 'conversations'];
  const { rows } = await sql<{ kept: unknown }>`
    select jsonb_build_object(${sql.join([
      all('contacts', sql`t.id = ${ids}`),
      all('merged_contacts', sql`t.into_id = ${ids}`),
      ...ofContact.map((of) => all(of, sql`t.contact_id = ${ids}`)),
      all('conversation_labels', talks),
      all('drafts', talks),
      all('handed_over', talks),
      all('conversation_slas', talks),
      all('sla_timers', talks),
      all('batch_rows', talks),
      all('bot_answers', talks),
      all('bot_turns', sql`${talks} or t.contact_id = ${ids}`),
    ])}) as kept`.execute(trx);
  return JSON.stringify(rows[0]?.kept);
}

async function moveRefusals(trx: Trx, { from, into }: MergeAsk): Promise<void> {
  // The one that lasts longer stays: a pause of one may not end what the other has ended for good.
  await sql`delete from suppressions i using suppressions f where i.contact_id = ${into} and i.lifted_at is null and f.contact_id = ${from} and f.lifted_at is null
    and i.until < coalesce(f.until, 'infinity')`.execute(trx);
  await sql`update suppressions set contact_id = ${into} where contact_id = ${from}
    and (lifted_at is not null or not exists (select from suppressions s where s.contact_id = ${into} and s.lifted_at is null))`.execute(trx);
  await sql`insert into channel_refusals (contact_id, channel, workspace_id, at) select ${into}, channel, workspace_id, at from channel_refusals
    where contact_id = ${from} on conflict do nothing`.execute(trx);
  // A refusal of either outweighs what the other agreed to; otherwise the newest word counts. The ledger itself stays as it was written.
  await sql`
    insert into standing_consents as i (contact_id, purpose, channel, workspace_id, state, source, at)
    select ${into}, purpose, channel, workspace_id, state, source, at from standing_consents where contact_id = ${from}
    on conflict (contact_id, purpose, channel) do update set state = excluded.state, source = excluded.source, at = excluded.at
      where excluded.state = 'refused' or (i.state <> 'refused' and i.at < excluded.at)`.execute(trx);
}

async function moveFacts(trx: Trx, { from, into, taking }: MergeAsk): Promise<void> {
  const first = (isTaken: boolean | undefined, column: 'name' | 'zone') => {
    const [one, other] = isTaken ? ['f', 'i'] : ['i', 'f'];
    return sql`coalesce(nullif(${sql.ref(`${one}.${column}`)}, ''), ${sql.ref(`${other}.${column}`)})`;
  };
  await sql`
    update contacts i set name = ${first(taking?.name, 'name')}, zone = ${first(taking?.zone, 'zone')},
           fields = f.fields || i.fields || coalesce((select jsonb_object_agg(key, value) from jsonb_each(f.fields) where key = any(${taking?.fields ?? []}::text[])), '{}'),
           reply_only = i.reply_only and f.reply_only, updated_at = now()
      from contacts f where i.id = ${into} and f.id = ${from}`.execute(trx);
}
