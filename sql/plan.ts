import { type RawBuilder, sql } from 'kysely';
import { type AudienceAsk, audience } from './audience.ts';
import type { Db, Trx } from './database.ts';
import { recordEvent } from './events.ts';

/**
 * Freezes a campaign: one statement decides audience, order, lane and reasons, and stores the template version and merge fields of each
 * delivery. A second run finds the campaign past `planning` and does nothing. Answers the accounts whose lanes have work.
 */
export async function planCampaign(
  trx: Trx,
  campaignId: string,
  ask: AudienceAsk & { templateVersionId: string; startAt: Date | null },
): Promise<string[]> {
  const { rows: held } = await sql<{ state: string }>`select state from campaigns where id = ${campaignId} for update`.execute(trx);
  if (held[0]?.state !== 'planning') return [];
  const due: RawBuilder<Date> = ask.startAt ? sql`${ask.startAt}` : sql`now()`;
  await sql`
    insert into deliveries (workspace_id, campaign_id, account_id, contact_id, address_kind, address, name, template_version_id, media_id, merge, position, due_at,
                            state, reason, ended_at)
    select ${ask.workspaceId}, ${campaignId}, account_id, contact_id, address_kind, address, name, ${ask.templateVersionId}, (select media_id from campaigns where id = ${campaignId}), merge, position, ${due},
           case when skip is null then 'planned' else 'skipped' end, skip, case when skip is null then null else now() end
      from (${audience(ask)}) who`.execute(trx);
  const { rows } = await sql<{ account_id: string }>`
    select distinct account_id from deliveries where campaign_id = ${campaignId} and state = 'planned'`.execute(trx);
  await sql`
    update campaigns set state = 'running', started_at = now(), updated_at = now(),
           begin_by = case when settings #>> '{lateStart,rule}' in ('skip', 'ask')
                           then ${ask.startAt}::timestamptz + make_interval(mins => (settings #>> '{lateStart,minutes}')::int) end
     where id = ${campaignId}`.execute(trx);
  if (rows.length === 0) await finishIfDone(trx, campaignId, ask.workspaceId);
  await recordEvent(trx, ask.workspaceId, { kind: 'campaign_changed', campaignId });
  return rows.map((row) => row.account_id);
}

/** To be called after plans of many rows have committed: see the migration for what stale statistics cost. */
export async function freshenStatistics(db: Db): Promise<void> {
  await sql`select freshen_statistics()`.execute(db);
}

/** What a campaign has left to do: to send, to prove, or to send once more. */
const unfinished = (campaignId: string) => sql`
  select from deliveries where campaign_id = ${campaignId}
     and (state in ('planned', 'claimed', 'committing') or state = 'uncertain' and again_at > committing_at)`;

/** A running campaign with nothing left to do is finished. `uncertain` is final until a receipt or a person moves it, unless it is sent again. */
export async function finishIfDone(trx: Trx, campaignId: string, workspaceId: string): Promise<boolean> {
  const { rows } = await sql`
    update campaigns set state = 'finished', finished_at = now(), updated_at = now()
     where id = ${campaignId} and state = 'running'
       and not exists (${unfinished(campaignId)})
    returning 1`.execute(trx);
  if (rows.length === 0) return false;
  // The statement may have waited for somebody who planned one again. Now the row is ours, and a second look sees what they wrote.
  const { rows: again } = await sql`
    update campaigns set state = 'running', finished_at = null
     where id = ${campaignId} and exists (${unfinished(campaignId)})
    returning 1`.execute(trx);
  if (again.length > 0) return false;
  await recordEvent(trx, workspaceId, { kind: 'campaign_changed', campaignId });
  return true;
}
