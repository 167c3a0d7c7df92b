import { sql } from 'kysely';
import type { AddressKind } from '#core/channel.ts';
import type { Anchor } from '#core/delivery.ts';
import type { MediaKind } from '#core/media.ts';
import type { Db, Trx } from './database.ts';
import { deliveryChanged, recordEvents } from './events.ts';
import { hot } from './hot.ts';
import { setBack } from './warm-up.ts';
import { whyStopped } from './why-stopped.ts';

/** The account of a lane as a slice needs it. */
export type LaneAccount = {
  id: string;
  workspaceId: string;
  channel: string;
  name: string;
  pausedAt: Date | null;
  /** Why nothing goes out of the whole workspace; null: it does. */
  stopped: 'workspace_stopped' | 'database_copied' | null;
  pace: unknown;
  ceilings: unknown;
  workspaceZone: string;
  workspaceSettings: unknown;
  bellAt: Date | null;
  lastReadAt: Date | null;
  /** The proxy that its browser goes out through. */
  proxyId: string | null;
  isRestricted: boolean;
  /** Until when the messenger lets it write to nobody new, as far as that is known. */
  restrictedUntil: Date | null;
  /** From when its warm-up counts after it went back a step, and when that was. */
  warmUpFrom: Date | null;
  setBackAt: Date | null;
  /** What an official platform says that the account's portfolio may send. */
  platformLimit: string | null;
  /** Until when the platform wants nothing from it. */
  restsUntil: Date | null;
};

export async function readLaneAccount(trx: Trx, accountId: string): Promise<LaneAccount | null> {
  const row = await trx
    .selectFrom('accounts')
    .innerJoin('workspaces', 'workspaces.id', 'accounts.workspace_id')
    .leftJoin('profiles', 'profiles.account_id', 'accounts.id')
    .leftJoin('platform_accounts', 'platform_accounts.account_id', 'accounts.id')
    .select([
      'accounts.id',
      'accounts.workspace_id',
      'accounts.channel',
      'accounts.name',
      'accounts.paused_at',
      'accounts.pace',
      'accounts.ceilings',
      'accounts.bell_at',
    ])
    .select([
      'accounts.last_read_at',
      'accounts.restricted_until',
      'accounts.warm_up_from',
      'accounts.set_back_at',
      'workspaces.zone',
      'workspaces.settings',
    ])
    .select(['platform_accounts.rests_until', sql<string | null>`platform_accounts.facts ->> 'limit'`.as('platform_limit')])
    .select(whyStopped.as('stopped'))
    .select(['profiles.goes_out', 'profiles.proxy_id', 'profiles.state', 'profiles.state_until'])
    .where('accounts.id', '=', accountId)
    .executeTakeFirst();
  if (!row) return null;
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    channel: row.channel,
    name: row.name,
    pausedAt: row.paused_at,
    stopped: row.stopped,
    pace: row.pace,
    ceilings: row.ceilings,
    workspaceZone: row.zone,
    workspaceSettings: row.settings,
    bellAt: row.bell_at,
    lastReadAt: row.last_read_at,
    proxyId: row.goes_out === 'proxy' ? row.proxy_id : null,
    isRestricted: row.state === 'restricted',
    restrictedUntil: row.state === 'restricted' && row.state_until ? row.state_until : row.restricted_until,
    warmUpFrom: row.warm_up_from,
    setBackAt: row.set_back_at,
    platformLimit: row.platform_limit,
    restsUntil: row.rests_until,
  };
}

/** A planned delivery at the head of a lane, with what policy has to know about its recipient. */
export type Candidate = {
  id: string;
  campaignId: string | null;
  /** Until when its campaign has to have been begun; null: it was, or may be whenever. */
  beginBy: Date | null;
  conversationId: string | null;
  contactId: string | null;
  contactZone: string | null;
  addressKind: AddressKind;
  address: string;
  name: string;
  templateVersionId: string | null;
  merge: Record<string, unknown>;
  subject: string | null;
  body: string | null;
  /** The file that goes out with it. */
  mediaId: string | null;
  /** The platform's id of the message that it answers. */
  quoted: string | null;
  /** What an official platform takes beside the text; of a campaign it stands in the template. */
  extras: unknown;
  /** When the person last wrote to this account, where the platform asks for it. */
  heardAt: Date | null;
  priority: number;
  attempt: number;
  /** Since when its mail server has put it off. */
  deferredSince: Date | null;
  isNewContact: boolean;
  recipientUses: Date[];
};

/** Whether nothing has been said between the account and the contact of a row `d`. */
export const isNewContact = sql<boolean>`(select m.id from conversations v join messages m on m.conversation_id = v.id
             where v.account_id = d.account_id and v.contact_id = d.contact_id limit 1) is null`;

/** What is due on a lane, replies first, then in the order of the plan. Deliveries of campaigns that do not run are left alone. */
export async function dueDeliveries(trx: Trx, ask: { accountId: string; now: Date; limit: number; asksWhenHeard: boolean }): Promise<Candidate[]> {
  // While Postgres does not know yet that all messages are of one workspace, a bitmap of all these would be made for each delivery.
  await sql`set local enable_bitmapscan to off`.execute(trx);
  const { rows } = await sql<Candidate>`${hot}
    select d.id, d.campaign_id as "campaignId", (select k.begin_by from campaigns k where k.id = d.campaign_id) as "beginBy", d.conversation_id as "conversationId", d.contact_id as "contactId",
           (select c.zone from contacts c where c.id = d.contact_id) as "contactZone",
           d.address_kind as "addressKind", d.address, d.name, d.template_version_id as "templateVersionId", d.merge, d.subject, d.body, d.media_id as "mediaId",
           d.extras, case when ${ask.asksWhenHeard}::boolean then (select v.last_incoming_at from conversations v where v.account_id = d.account_id and v.contact_id = d.contact_id) end as "heardAt",
           d.priority, d.attempt, d.deferred_since as "deferredSince", case when d.reply_to is not null then (select q.platform_id from messages q where q.id = d.reply_to) end as quoted,
           ${isNewContact} as "isNewContact",
           array(select u.at from use_keys r join uses u on u.key_id = r.id and u.number > r.last - 1000
                  where r.workspace_id = d.workspace_id and r.kind = 'recipient' and r.key = d.address_kind || ' ' || d.address
                    and u.at > ${ask.now}::timestamptz - interval '24 hours' order by u.number) as "recipientUses"
      from deliveries d
     where d.account_id = ${ask.accountId} and d.state = 'planned' and d.due_at <= ${ask.now}
       and not exists (select from campaigns k where k.id = d.campaign_id and k.state <> 'running')
     order by d.priority, d.due_at, d.position limit ${ask.limit}`.execute(trx);
  return rows;
}

/** When the lane next has something to do; null when nothing waits. */
export async function nextDueAt(trx: Trx, accountId: string): Promise<Date | null> {
  const { rows } = await sql<{ due: Date | null }>`
    select least(
      (select min(d.due_at) from deliveries d left join campaigns k on k.id = d.campaign_id
        where d.account_id = ${accountId} and d.state = 'planned' and (k.id is null or k.state = 'running')),
      (select min(d.again_at) from deliveries d join campaigns k on k.id = d.campaign_id
        where d.account_id = ${accountId} and d.state = 'uncertain' and d.again_at > d.committing_at and k.state = 'running')) as due`.execute(trx);
  return rows[0]?.due ?? null;
}

/** Puts a delivery off with its reason; it comes back by itself. */
export async function postpone(trx: Trx, waits: readonly { id: string; reason: string; until: Date }[]): Promise<void> {
  if (waits.length === 0) return;
  await sql`
    update deliveries d set due_at = w.until, wait_reason = w.reason, wait_until = w.until, updated_at = now()
      from jsonb_to_recordset(${JSON.stringify(waits)}::jsonb) as w (id uuid, reason text, until timestamptz)
     where d.id = w.id and d.state = 'planned'`.execute(trx);
}

/** The messenger has just refused somebody new: nobody new is written to until then. */
export async function restrictAccount(
  trx: Trx,
  { workspaceId, accountId, until }: { workspaceId: string; accountId: string; until: Date },
): Promise<void> {
  await sql`update accounts set restricted_until = greatest(restricted_until, ${until}), updated_at = now() where id = ${accountId}`.execute(trx);
  await setBack(trx, { workspaceId, accountId, why: 'restricted' });
}

/** The lane's own reason why nothing goes out, for every delivery that only waits in line. */
export async function sayWhyLaneWaits(trx: Trx, accountId: string, why: { reason: string; until: Date | null } | null): Promise<boolean> {
  const { rows } = await sql`
    update accounts set wait_reason = ${why?.reason ?? null}, wait_until = ${why?.until ?? null}, updated_at = now()
     where id = ${accountId} and (wait_reason, wait_until) is distinct from (${why?.reason ?? null}, ${why?.until ?? null}::timestamptz) returning 1`.execute(
    trx,
  );
  return rows.length > 0;
}

/**
 * Deliveries that were left behind: claimed ones are planned again here, committing ones have to be confirmed. Called under the lease and
 * before the slice sends anything, so whatever is under way is nobody's.
 */
export async function recoverLane(trx: Trx, accountId: string): Promise<Interrupted[]> {
  await sql`update deliveries set state = 'planned', claimed_at = null, updated_at = now() where account_id = ${accountId} and state = 'claimed'`.execute(
    trx,
  );
  const { rows } = await sql<Interrupted>`
    select id, campaign_id as "campaignId", conversation_id as "conversationId", contact_id as "contactId", address_kind as "addressKind", address, name,
           template_version_id as "templateVersionId", merge, subject, body, case when media_id is not null then (select k.kind from media k where k.id = media_id) end as "mediaKind", anchor, committing_at as "committingAt", attempt, wait_until as "waitUntil"
      from deliveries where account_id = ${accountId} and state = 'committing' order by committing_at`.execute(trx);
  return rows;
}
export type Interrupted = {
  id: string;
  campaignId: string | null;
  conversationId: string | null;
  contactId: string | null;
  addressKind: AddressKind;
  address: string;
  name: string;
  templateVersionId: string | null;
  merge: Record<string, unknown>;
  subject: string | null;
  body: string | null;
  /** What kind of message to look for; null: a text. */
  mediaKind: MediaKind | null;
  anchor: Anchor | null;
  committingAt: Date;
  attempt: number;
  waitUntil: Date | null;
};

/** Takes planned deliveries for this holder; answers the ids that were really taken. */
export async function claim(trx: Trx, ask: { ids: readonly string[]; fence: number; now: Date }): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`${hot}
    update deliveries set state = 'claimed', fence = ${ask.fence}, claimed_at = ${ask.now}, wait_reason = null, wait_until = null, updated_at = now()
     where id = any(${[...ask.ids]}::uuid[]) and state = 'planned' returning id`.execute(trx);
  return new Set(rows.map((row) => row.id));
}

/**
 * Gives claimed deliveries back, unsent. What a person has ended meanwhile is over: planned again, the one would be refused at each commit
 * for ever, the other would stay planned in a cancelled campaign.
 */
export async function unclaim(trx: Trx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { rows } = await sql<{ id: string; workspace_id: string; campaign_id: string | null; account_id: string; conversation_id: string | null }>`
    with back as (
      select d.id, case when refuses_send(d.workspace_id, d.contact_id, d.account_id, d.address_kind, d.address)
                             and (d.confirms is null or not confirms_stop(d.confirms, d.contact_id)) then 'skipped'
                        when exists (select from campaigns k where k.id = d.campaign_id and k.state = 'cancelled') then 'cancelled'
                        else 'planned' end as state
        from deliveries d where d.id = any(${[...ids]}::uuid[]) and d.state = 'claimed' for update of d)
    update deliveries d set state = b.state, claimed_at = null, updated_at = now(), ended_at = case when b.state <> 'planned' then now() end,
           reason = case b.state when 'skipped' then 'suppressed' when 'cancelled' then 'campaign_cancelled' end
      from back b where d.id = b.id and d.id = any(${[...ids]}::uuid[])
    returning case when d.state <> 'planned' then d.id end as id, d.workspace_id, d.campaign_id, d.account_id, d.conversation_id`.execute(trx);
  const ended = rows.filter((row) => row.id !== null);
  if (ended[0]) await recordEvents(trx, ended[0].workspace_id, ended.map(deliveryChanged));
}

/** Rings at `at` unless an earlier bell stands. True: a job has to be sent, in this transaction. */
export async function setBell(trx: Trx, accountId: string, at: Date): Promise<boolean> {
  const { rows } =
    await sql`update accounts set bell_at = ${at} where id = ${accountId} and (bell_at is null or bell_at > ${at}) returning 1`.execute(trx);
  return rows.length > 0;
}

/** Rings again, whatever stands there: a bell that is late will not ring any more. */
export async function resetBell(trx: Trx, accountId: string, at: Date): Promise<void> {
  await trx.updateTable('accounts').set({ bell_at: at }).where('id', '=', accountId).execute();
}

/** Lanes with work that is due, or left behind, and no bell that will ring for them: the safety net under lost jobs and dead hosts. */
export async function silentLanes(db: Db): Promise<{ workspaceId: string; accountId: string }[]> {
  const { rows } = await sql<{ workspace_id: string; account_id: string }>`select * from silent_lanes(now())`.execute(db);
  return rows.map((row) => ({ workspaceId: row.workspace_id, accountId: row.account_id }));
}
