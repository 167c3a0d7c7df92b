import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { deliveryChanged, recordEvents } from './events.ts';
import { idsOf, Kept, type Merged, putAsBefore, putBack, type Row } from './merge-rows.ts';
import { undoSplit } from './split-contact.ts';
import { undoConversations } from './undo-conversations.ts';
import { withoutTurns } from './without-turns.ts';

export type UndoAsk = { workspaceId: string; contactId: string; mergeId: string; now: Date };
/**
 * Takes a merge or a split back: rows go where they were, and what came since stays with the one who stayed, but for a refusal, which is one of
 * both. The newest change first. Throws `not_found`, `wrong_state`.
 */
export async function undoMerge(trx: Trx, ask: UndoAsk): Promise<void> {
  const { contactId, mergeId, workspaceId, now } = ask;
  const { rows: held } = await sql`select from contacts where id = ${contactId} for update`.execute(trx);
  if (held.length === 0) throw new Failure('not_found');
  const row = await trx.selectFrom('merges').selectAll().where('id', '=', mergeId).where('contact_id', '=', contactId).forUpdate().executeTakeFirst();
  if (!row) throw new Failure('not_found');
  if (row.undone_at) throw new Failure('wrong_state', 'This was taken back already.');
  const { rows: later } = await sql`
    select 1 from merges where contact_id = ${contactId} and undone_at is null and id <> ${mergeId} and (made_at, id) > (select made_at, id from merges where id = ${mergeId})`.execute(
    trx,
  );
  if (later.length > 0) throw new Failure('wrong_state', 'Something was merged or split since. Take that back first.');
  if (row.kind === 'split') await undoSplit(trx, { workspaceId, contactId, otherId: row.other_id, now });
  else {
    const [before, made] = [Kept.parse(row.before), Kept.parse(row.made)];
    const merged = { mergeId, workspaceId, from: row.other_id, into: contactId, recordedAt: row.recorded_at, before, made };
    await withoutTurns(trx, () => partAgain(trx, merged));
  }
  await trx.deleteFrom('merge_moves').where('merge_id', '=', mergeId).execute();
  await trx.updateTable('merges').set({ undone_at: now, before: '{}', made: '{}' }).where('id', '=', mergeId).execute();
  await recordEvents(trx, workspaceId, [
    { kind: 'contact_changed', contactId },
    { kind: 'contact_changed', contactId: row.other_id },
  ]);
}

async function partAgain(trx: Trx, merged: Merged): Promise<void> {
  const { before, made, from, into } = merged;
  const of = (contactId: string, rows: readonly Row[]) => rows.filter((row) => row.contact_id === contactId);
  await putBack(
    trx,
    'contacts',
    before.contacts.filter((row) => row.id === from),
  );
  for (const relation of ['aliases', 'confirmations'] as const)
    await sql`update ${sql.table(relation)} set contact_id = ${from} where contact_id = ${into} and id = any(${idsOf(of(from, before[relation]))}::uuid[])`.execute(
      trx,
    );
  await undoConversations(trx, merged);
  await sql`update bounces b set contact_id = ${from} from merge_moves m where m.merge_id = ${merged.mergeId} and m.relation = 'bounces' and m.row_id = b.id`.execute(
    trx,
  );
  const ownLists = new Set(of(into, before.list_entries).map((row) => row.list_id));
  const [shared, gone] = parted(of(from, before.list_entries), (row) => ownLists.has(row.list_id));
  await sql`update list_entries set contact_id = ${from} where contact_id = ${into} and list_id = any(${gone.map((row) => row.list_id)}::uuid[])`.execute(
    trx,
  );
  await putBack(trx, 'list_entries', shared);
  await undoRefusals(trx, merged);
  await undoDeliveries(trx, merged);
  await sql`delete from merged_contacts where contact_id = ${from}`.execute(trx);
  await sql`update merged_contacts set into_id = ${from} where contact_id = any(${before.merged_contacts.filter((row) => row.into_id === from).map((row) => row.contact_id)}::uuid[])`.execute(
    trx,
  );
  await putAsBefore(trx, 'contacts', before.contacts, made.contacts);
}

async function undoRefusals(trx: Trx, { before, from, into, recordedAt, workspaceId }: Merged): Promise<void> {
  const isOf = (contactId: string) => (row: Row) => row.contact_id === contactId;
  const known = idsOf(before.suppressions);
  await sql`update suppressions set contact_id = ${from} where contact_id = ${into} and id = any(${idsOf(before.suppressions.filter(isOf(from)))}::uuid[])`.execute(
    trx,
  );
  // One said since may have been said by either.
  await sql`insert into suppressions (workspace_id, contact_id, source, evidence, message_id, at, until)
    select workspace_id, ${from}, source, evidence, message_id, at, until from suppressions s
     where contact_id = ${into} and lifted_at is null and id <> all(${known}::uuid[]) on conflict do nothing`.execute(trx);
  await putBack(trx, 'suppressions', before.suppressions);
  const own = new Set(before.channel_refusals.filter(isOf(into)).map((row) => row.channel));
  const came = before.channel_refusals.filter(isOf(from)).filter((row) => !own.has(row.channel));
  await sql`delete from channel_refusals r using jsonb_populate_recordset(null::channel_refusals, ${JSON.stringify(came)}::jsonb) o
    where r.contact_id = ${into} and (r.channel, r.at) = (o.channel, o.at)`.execute(trx);
  await putBack(trx, 'channel_refusals', before.channel_refusals.filter(isOf(from)));
  await sql`insert into channel_refusals (contact_id, channel, workspace_id, at) select ${from}, channel, workspace_id, at from channel_refusals
    where contact_id = ${into} and channel <> all(${[...own]}::text[]) on conflict do nothing`.execute(trx);
  await sql`delete from standing_consents s using jsonb_populate_recordset(null::standing_consents, ${JSON.stringify(before.standing_consents)}::jsonb) o
    where s.contact_id = ${into} and (s.purpose, s.channel, s.state, s.at) = (o.purpose, o.channel, o.state, o.at)`.execute(trx);
  await putBack(trx, 'standing_consents', before.standing_consents);
  await sql`insert into consents (workspace_id, contact_id, channel, purpose, state, source, evidence, person_id, until, at)
    select ${workspaceId}, ${from}, channel, purpose, state, source, evidence, person_id, until, at from consents
     where contact_id = ${into} and recorded_at > ${recordedAt} and state in ('refused', 'paused') on conflict do nothing`.execute(trx);
}

/** Deliveries go back to whose they were; one that was left out because of the merge is planned again where its campaign still runs. */
async function undoDeliveries(trx: Trx, { mergeId, workspaceId, into }: Merged): Promise<void> {
  await sql`
    update deliveries d set contact_id = (m.was ->> 'contact_id')::uuid, conversation_id = (select v.id from conversations v where v.id = (m.was ->> 'conversation_id')::uuid),
           confirms = coalesce(d.confirms, (select s.id from suppressions s where s.id = (m.was ->> 'confirms')::uuid))
      from merge_moves m where m.merge_id = ${mergeId} and m.relation = 'deliveries' and m.row_id = d.id and d.contact_id = ${into}`.execute(trx);
  const { rows } = await sql<{ id: string; campaign_id: string | null; account_id: string | null; conversation_id: string | null }>`
    update deliveries d set state = 'planned', reason = null, ended_at = null, wait_reason = m.was ->> 'wait_reason', wait_until = (m.was ->> 'wait_until')::timestamptz, updated_at = now()
      from merge_moves m where m.merge_id = ${mergeId} and m.relation = 'deliveries' and m.row_id = d.id and d.state = 'skipped' and m.was ->> 'state' in ('planned', 'claimed')
       and not refuses_send(d.workspace_id, d.contact_id, d.account_id, d.address_kind, d.address)
       and (d.campaign_id is null or exists (select from campaigns k where k.id = d.campaign_id and k.state in ('planning', 'running', 'paused')))
    returning d.id, d.campaign_id, d.account_id, d.conversation_id`.execute(trx);
  await recordEvents(trx, workspaceId, rows.map(deliveryChanged));
}

function parted(rows: readonly Row[], isFirst: (row: Row) => boolean): [Row[], Row[]] {
  return [rows.filter(isFirst), rows.filter((row) => !isFirst(row))];
}
