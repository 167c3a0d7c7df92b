import { sql } from 'kysely';
import type { AddressKind } from '#core/channel.ts';
import { type AudienceAsk, audience } from './audience.ts';
import type { Trx } from './database.ts';
import { isNewContact } from './lane.ts';

/** A message that will stand in a lane, or stands there: what policy asks of its person. */
export type LaneSend = {
  accountId: string;
  isOurs: boolean;
  isReply: boolean;
  isNewContact: boolean;
  isReach: boolean;
  contactZone: string | null;
  addressKind: AddressKind;
  address: string;
  dueAt: Date;
  recipientUses: Date[];
};

/** What policy asks of the person of a row `d` that has an account, a contact and an address. */
const askedOf = (now: Date) => sql`
  ${isNewContact} as "isNewContact",
  not exists (select from conversations v where v.account_id = d.account_id and v.contact_id = d.contact_id
                 and v.last_incoming_at > ${now}::timestamptz - interval '24 hours') as "isReach",
  (select c.zone from contacts c where c.id = d.contact_id) as "contactZone",
  array(select u.at from use_keys r join uses u on u.key_id = r.id and u.number > r.last - 10
         where r.workspace_id = current_workspace() and r.kind = 'recipient' and r.key = d.address_kind || ' ' || d.address
           and u.at > ${now}::timestamptz - interval '24 hours' order by u.number) as "recipientUses"`;

/** What a draft would put into the lanes of its senders if it started now, in the order of its plan. */
export async function draftSends(
  trx: Trx,
  ask: AudienceAsk,
  { startAt, now, most }: { startAt: Date; now: Date; most: number },
): Promise<LaneSend[]> {
  const { rows } = await sql<LaneSend>`
    select d.account_id as "accountId", true as "isOurs", false as "isReply", d.address_kind as "addressKind", d.address, ${startAt}::timestamptz as "dueAt", ${askedOf(now)}
      from (${audience(ask)}) d where d.skip is null order by d.position limit ${most}`.execute(trx);
  return rows;
}

/** What stands in these lanes already, of one campaign and of everybody else, in their order. A paused campaign counts only where it is ours. */
export async function standingSends(
  trx: Trx,
  { accountIds, campaignId, now, most }: { accountIds: readonly string[]; campaignId: string; now: Date; most: number },
): Promise<LaneSend[]> {
  const { rows } = await sql<LaneSend>`
    select d.account_id as "accountId", d.campaign_id is not distinct from ${campaignId}::uuid as "isOurs", d.priority = 0 as "isReply", d.address_kind as "addressKind",
           d.address, d.due_at as "dueAt", ${askedOf(now)}
      from deliveries d left join campaigns k on k.id = d.campaign_id
     where d.account_id = any(${[...accountIds]}::uuid[]) and d.state in ('planned', 'claimed') and (k.id is null or k.state = 'running' or k.id = ${campaignId} and k.state <> 'planning')
     order by d.priority, d.due_at, d.position limit ${most}`.execute(trx);
  return rows;
}

/** The accounts that still have something of a campaign to send. */
export async function accountsLeft(trx: Trx, campaignId: string): Promise<string[]> {
  const { rows } = await sql<{ account_id: string }>`
    select distinct account_id from deliveries where campaign_id = ${campaignId} and state in ('planned', 'claimed') and account_id is not null`.execute(
    trx,
  );
  return rows.map((row) => row.account_id);
}

export type SendTimes = { toCommitMs: number; toEndMs: number; betweenMs: number };

/**
 * What one send of an account took lately: from its choice to the commit, from there to its end, and between two commits, each the middle of
 * its newest ones. Null while it has sent too few.
 */
export async function sendTimes(trx: Trx, accountId: string): Promise<SendTimes | null> {
  const { rows } = await sql<SendTimes & { n: number }>`
    select count(*)::int as n, percentile_cont(0.5) within group (order by to_commit)::float8 as "toCommitMs", percentile_cont(0.5) within group (order by to_end)::float8 as "toEndMs",
           coalesce(percentile_cont(0.5) within group (order by between_commits), 0)::float8 as "betweenMs"
      from (select extract(epoch from d.committing_at - d.claimed_at) * 1000 as to_commit, extract(epoch from d.ended_at - d.committing_at) * 1000 as to_end,
                   extract(epoch from d.committing_at - lag(d.committing_at) over (order by u.number)) * 1000 as between_commits
              from use_keys k join uses u on u.key_id = k.id and u.number > k.last - 50 join deliveries d on d.id = u.delivery_id
             where k.workspace_id = current_workspace() and k.kind = 'account' and k.key = ${accountId}
               and d.state in ('sent', 'delivered', 'read') and d.claimed_at <= d.committing_at and d.committing_at <= d.ended_at) s`.execute(trx);
  const found = rows[0];
  return found && found.n >= 10 ? { toCommitMs: found.toCommitMs, toEndMs: found.toEndMs, betweenMs: found.betweenMs } : null;
}

/** Uses of the portfolio that an account of an official platform belongs to, and which it is; null for accounts that have none. */
export async function portfolioUses(trx: Trx, { accountId, now }: { accountId: string; now: Date }): Promise<{ id: string; uses: Date[] } | null> {
  const { rows } = await sql<{ id: string; uses: Date[] }>`
    select p.id, array(select u.at from use_keys k join uses u on u.key_id = k.id and u.at > ${now}::timestamptz - interval '24 hours'
                        where k.workspace_id = current_workspace() and k.kind = 'portfolio' and k.key = p.id order by u.number) as uses
      from (select coalesce(pa.facts ->> 'portfolio', pa.business_id) as id from platform_accounts pa where pa.account_id = ${accountId} and pa.platform = 'whatsapp') p
     where p.id is not null`.execute(trx);
  return rows[0] ?? null;
}
