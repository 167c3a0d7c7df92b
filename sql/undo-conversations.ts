import { sql } from 'kysely';
import type { Trx } from './database.ts';
import { idsOf, type Merged, putAsBefore, putBack, type Row } from './merge-rows.ts';
import { goesBy } from './split-contact.ts';

/** Conversations go back to whose they were; what came since stays in the one that stayed, unless it is held with an address that goes. */
export async function undoConversations(trx: Trx, { mergeId, before, made, from, into }: Merged): Promise<void> {
  const gone = before.conversations.filter((row) => row.contact_id === from);
  const own = before.conversations.filter((row) => row.contact_id === into);
  const pairs = gone.flatMap((row) => own.filter((kept) => kept.account_id === row.account_id).map((kept) => ({ gone: row.id, kept: kept.id })));
  await sql`update conversations set contact_id = ${from} where contact_id = ${into} and id = any(${idsOf(gone)}::uuid[])`.execute(trx);
  await putBack(trx, 'conversations', gone);
  for (const relation of ['messages', 'conversation_notes'])
    await sql`
      update ${sql.table(relation)} t set conversation_id = v.id
        from merge_moves m join conversations v on v.id = (m.was ->> 'conversation_id')::uuid where m.merge_id = ${mergeId} and m.relation = ${relation} and m.row_id = t.id`.execute(
      trx,
    );
  const folded = sql`jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) as p (gone uuid, kept uuid)`;
  // Read since, both of them were.
  await sql`update conversations v set unread = 0
      from ${folded} join conversations k on k.id = p.kept and k.unread = 0
           join jsonb_to_recordset(${JSON.stringify(made.conversations)}::jsonb) as o (id uuid, unread integer) on o.id = k.id and o.unread > 0
     where v.id = p.gone`.execute(trx);
  await putAsBefore(trx, 'conversations', own, made.conversations);
  await answerWhere(trx, { from, into, own });
  const was = (relation: 'conversation_labels' | 'drafts', key: 'label_id' | 'person_id') =>
    before[relation].map((row) => ({ conversation: row.conversation_id, key: row[key] }));
  const came = (
    rows: readonly object[],
    key: 'label_id' | 'person_id',
  ) => sql`${folded} join jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as o (conversation uuid, key uuid) on o.conversation = p.gone
    where t.conversation_id = p.kept and t.${sql.ref(key)} = o.key
      and not exists (select from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as i (conversation uuid, key uuid) where i.conversation = p.kept and i.key = o.key)`;
  await sql`delete from conversation_labels t using ${came(was('conversation_labels', 'label_id'), 'label_id')}`.execute(trx);
  await sql`update drafts t set conversation_id = p.gone from ${came(was('drafts', 'person_id'), 'person_id')}`.execute(trx);
  const wrote = (conversationId: unknown, personId: unknown) =>
    before.drafts.some((row) => row.conversation_id === conversationId && row.person_id === personId);
  const taken = new Set(before.handed_over.map((row) => row.conversation_id));
  const overtaken = pairs.filter(({ gone: one, kept }) => taken.has(one) && !taken.has(kept)).map(({ kept }) => kept);
  await sql`delete from handed_over where conversation_id = any(${overtaken}::uuid[])`.execute(trx);
  await sql`update bot_turns t set conversation_id = o.conversation_id, contact_id = o.contact_id
    from jsonb_populate_recordset(null::bot_turns, ${JSON.stringify(before.bot_turns)}::jsonb) o where o.id = t.id`.execute(trx);
  await sql`update bot_answers t set conversation_id = o.conversation_id
    from jsonb_populate_recordset(null::bot_answers, ${JSON.stringify(before.bot_answers)}::jsonb) o where o.delivery_id = t.delivery_id`.execute(
    trx,
  );
  await sql`update sla_timers t set conversation_id = o.conversation_id
    from jsonb_populate_recordset(null::sla_timers, ${JSON.stringify(before.sla_timers)}::jsonb) o where o.id = t.id`.execute(trx);
  await putBack(trx, 'sla_timers', before.sla_timers);
  const promised = new Set(before.conversation_slas.map((row) => row.conversation_id));
  const underNone = pairs.filter(({ gone: one, kept }) => promised.has(one) && !promised.has(kept)).map(({ kept }) => kept);
  await sql`update conversation_slas s set begun_at = o.begun_at, answered_at = o.answered_at
    from jsonb_populate_recordset(null::conversation_slas, ${JSON.stringify(before.conversation_slas)}::jsonb) o
         join jsonb_populate_recordset(null::conversation_slas, ${JSON.stringify(made.conversation_slas)}::jsonb) a using (conversation_id)
   where s.conversation_id = o.conversation_id and (s.begun_at, s.answered_at) is not distinct from (a.begun_at, a.answered_at)`.execute(trx);
  await sql`delete from conversation_slas where conversation_id = any(${underNone}::uuid[])`.execute(trx);
  for (const relation of ['conversation_slas', 'conversation_labels', 'drafts', 'handed_over', 'batch_rows'] as const) {
    const rows = before[relation].filter((row) => gone.some((one) => one.id === row.conversation_id));
    // A draft that went along and is not there any more was sent.
    await putBack(
      trx,
      relation,
      relation === 'drafts' ? rows.filter((row) => pairs.some((one) => one.gone === row.conversation_id && wrote(one.kept, row.person_id))) : rows,
    );
  }
}

/** An answer goes to whom it is shown for: a conversation that is held with an address that went goes along, and one of before with its own again. */
async function answerWhere(trx: Trx, { from, into, own }: { from: string; into: string; own: readonly Row[] }): Promise<void> {
  await sql`update conversations v set peer = o.peer, updated_at = now() from jsonb_to_recordset(${JSON.stringify(own)}::jsonb) as o (id uuid, peer text)
    where v.id = o.id and v.peer <> o.peer and ${goesBy(from)}`.execute(trx);
  await sql`
    with gone as (
      update conversations v set contact_id = ${from}, updated_at = now() where v.contact_id = ${into} and v.id <> all(${idsOf(own)}::uuid[]) and ${goesBy(from)}
         and not exists (select from conversations o where o.contact_id = ${from} and o.account_id = v.account_id) returning v.id
    )
    update deliveries d set contact_id = ${from} from gone where d.conversation_id = gone.id`.execute(trx);
}
