import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { deliveryChanged, recordEvent } from './events.ts';
import { runAgain } from './try-again.ts';

/**
 * A person decides what became of an uncertain delivery. Sending again is the person's word that it did not arrive; to whom wants no messages,
 * and of a campaign that was cancelled, nothing is sent again. Answers its account.
 */
export async function resolveDelivery(trx: Trx, ask: { workspaceId: string; id: string; as: 'sent' | 'failed' | 'send_again' }): Promise<string> {
  const state = ask.as === 'send_again' ? 'planned' : ask.as;
  if (state === 'planned') await refuseUnlessItMayGo(trx, ask.id);
  const { rows } = await sql<{ id: string; account_id: string; campaign_id: string | null; conversation_id: string | null }>`
    update deliveries set state = ${state}, reason = case when ${state} = 'failed' then 'resolved_by_person' end, wait_reason = null, wait_until = null,
           due_at = case when ${state} = 'planned' then now() else due_at end, sent_at = case when ${state} = 'sent' then coalesce(committing_at, again_at) else sent_at end,
           committing_at = case when ${state} = 'planned' then null else committing_at end, anchor = case when ${state} = 'planned' then null else anchor end,
           again_at = case when ${state} = 'planned' then null else again_at end, ended_at = case when ${state} = 'planned' then null else now() end, updated_at = now()
     where id = ${ask.id} and state = 'uncertain' returning id, account_id, campaign_id, conversation_id`.execute(trx);
  const row = rows[0];
  if (!row) {
    const known = await trx.selectFrom('deliveries').select('id').where('id', '=', ask.id).executeTakeFirst();
    throw known ? new Failure('wrong_state', 'Only an uncertain delivery needs a decision.') : new Failure('not_found');
  }
  if (state === 'planned') await runAgain(trx, row.campaign_id);
  await recordEvent(trx, ask.workspaceId, deliveryChanged(row));
  return row.account_id;
}

async function refuseUnlessItMayGo(trx: Trx, id: string): Promise<void> {
  const { rows } = await sql<{ is_refused: boolean; is_cancelled: boolean }>`
    select refuses_send(d.workspace_id, d.contact_id, d.account_id, d.address_kind, d.address) as is_refused, coalesce(k.state = 'cancelled', false) as is_cancelled
      from deliveries d left join campaigns k on k.id = d.campaign_id where d.id = ${id}`.execute(trx);
  const row = rows[0];
  if (row?.is_refused) throw new Failure('send_refused', 'This person asked not to be written to. Nothing is sent until they agree again.');
  if (row?.is_cancelled) throw new Failure('wrong_state', 'Its campaign was cancelled: nothing of it goes out again.');
}
