import { type RawBuilder, sql } from 'kysely';
import type { Db, Trx } from './database.ts';
import { settleDeliveries } from './deliveries.ts';
import { deliveryChanged, recordEvent, recordEvents } from './events.ts';

type Place = { workspaceId: string; accountId: string };
/** Of a campaign that a person has ended, and to somebody who wants no more, nothing goes out again. */
const mayGoAgain = sql`not exists (select from campaigns k where k.id = d.campaign_id and k.state = 'cancelled')
  and not refuses_send(d.workspace_id, d.contact_id, d.account_id, d.address_kind, d.address)`;

export type Again = { deliveryId: string; reason: string; error: string; until: Date };

/**
 * What the platform took, and then told to have failed for a reason that passes. What it used stays counted: the platform counts it too.
 * Its failed message stays where it is until the next try has become one.
 */
export async function planAgain(trx: Trx, { workspaceId, deliveryId, reason, error, until }: Again & { workspaceId: string }): Promise<void> {
  const { rows } = await sql<{ id: string; campaign_id: string | null; account_id: string; conversation_id: string | null }>`
    update deliveries d set state = 'planned', reason = null, error = ${error.slice(0, 1000)}, wait_reason = ${reason}, wait_until = ${until}, due_at = ${until},
           ended_at = null, sent_at = null, committing_at = null, claimed_at = null, anchor = null, use_keys = null, platform_id = null, updated_at = now()
     where d.id = ${deliveryId} and d.state = 'failed' and d.reason = 'platform_failed' and ${mayGoAgain}
    returning d.id, d.campaign_id, d.account_id, d.conversation_id`.execute(trx);
  for (const row of rows) {
    await runAgain(trx, row.campaign_id);
    await recordEvent(trx, workspaceId, deliveryChanged(row));
  }
}

/** A finished campaign that gets work again runs again. A running one is locked too: somebody may be finishing it right now. */
export async function runAgain(trx: Trx, campaignId: string | null): Promise<void> {
  if (campaignId === null) return;
  await sql`update campaigns set state = 'running', finished_at = null where id = ${campaignId} and state in ('finished', 'running')`.execute(trx);
}

/** Accounts, in every workspace, with sends that nothing was heard of for long enough to try them again. */
export async function unheardLanes(db: Db, now: Date): Promise<Place[]> {
  const { rows } = await sql<{ workspace_id: string; account_id: string }>`select workspace_id, account_id from unheard_lanes(${now})`.execute(db);
  return rows.map((row) => ({ workspaceId: row.workspace_id, accountId: row.account_id }));
}

/**
 * Plans them again. Silence counts only where the platform does tell us of messages; elsewhere, where the message has been named meanwhile, and
 * after a second try, they stay uncertain. Answers how many go out again.
 */
export async function planUnheard(trx: Trx, { workspaceId, accountId, now }: Place & { now: Date }): Promise<number> {
  const due = sql`d.account_id = ${accountId} and d.state = 'uncertain' and d.wait_until <= ${now}`;
  const { rows } = await sql<{ id: string; campaign_id: string | null; reason: string; error: string }>`
    select d.id, d.campaign_id, d.reason, coalesce(d.error, '') as error from deliveries d
     where ${due} and ${mayGoAgain} and ${isNoSecondTry} and ${isSilent(accountId)} order by d.id for update`.execute(trx);
  const outcomes = rows.map(({ id, reason, error }) => ({ id, is: 'retry' as const, reason, error, until: now }));
  if (outcomes.length > 0) await settleDeliveries(trx, { workspaceId, accountId, outcomes, now });
  for (const campaignId of new Set(rows.map((row) => row.campaign_id))) await runAgain(trx, campaignId);
  await sql`update deliveries d set wait_until = null, updated_at = now() where ${due}`.execute(trx);
  return rows.length;
}

/**
 * Plans once more what stayed uncertain until its campaign's setting says to send it again, whatever became of the first. What is committed after
 * that is the second try, and there is no third.
 */
export async function planSecondTries(trx: Trx, { workspaceId, accountId, now }: Place & { now: Date }): Promise<void> {
  const due = sql`d.account_id = ${accountId} and d.state = 'uncertain' and d.again_at > d.committing_at and d.again_at <= ${now}
    and exists (select from campaigns k where k.id = d.campaign_id and k.state = 'running')`;
  const { rows } = await sql<{ id: string; campaign_id: string; account_id: string; conversation_id: string | null }>`
    update deliveries d set state = 'planned', due_at = ${now}, reason = null, error = null, wait_until = null, claimed_at = null, committing_at = null,
           anchor = null, ended_at = null, updated_at = now()
     where ${due} and ${mayGoAgain}
    returning d.id, d.campaign_id, d.account_id, d.conversation_id`.execute(trx);
  await recordEvents(trx, workspaceId, rows.map(deliveryChanged));
  // Whoever wants no more gets no second one, and nobody waits for it.
  await sql`update deliveries d set again_at = null, updated_at = now() where ${due}`.execute(trx);
}

/** Its campaign's setting has not sent it once more: after that there is no third, whoever is silent. */
const isNoSecondTry = sql`(d.again_at is null or d.again_at > d.committing_at)`;

/** It tells of messages, and has said nothing of this one. */
const isSilent = (accountId: string): RawBuilder<unknown> => sql`
  exists (select from platform_accounts p where p.account_id = ${accountId} and p.subscribed_at is not null and p.disconnected_at is null)
  and exists (select from message_marks k where k.account_id = ${accountId} and k.kind = 'status')
  and not exists (select from message_marks k where k.account_id = ${accountId} and k.kind = 'callback' and k.value = d.id::text
                     and not exists (select from messages m where m.account_id = k.account_id and m.platform_id = k.platform_id and m.status = 'failed'))`;
