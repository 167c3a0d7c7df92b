import { sql } from 'kysely';
import type { Trx } from './database.ts';

export type LaneProgress = { accountId: string; name: string; queued: number; done: number; waitReason: string | null; nextAt: Date | null };
export type ProgressNumbers = {
  lanes: LaneProgress[];
  skippedBy: Record<string, number>;
  failedBy: Record<string, number>;
  lastTenMinutes: number;
  lastAt: Date | null;
  startedAt: Date | null;
  sent: number;
};

/** Numbers of a running campaign beside its counts: lanes, reasons, and how fast it went lately. */
export async function readProgress(trx: Trx, campaignId: string): Promise<ProgressNumbers> {
  const { rows: lanes } = await sql<LaneProgress>`
    select d.account_id as "accountId", a.name, count(*) filter (where d.state in ('planned', 'claimed', 'committing'))::int as queued,
           count(*) filter (where d.state not in ('planned', 'claimed', 'committing'))::int as done,
           case when a.paused_at is not null then 'account_paused' when a.wait_until > now() then a.wait_reason end as "waitReason",
           case when a.wait_until > now() then a.wait_until end as "nextAt"
      from deliveries d join accounts a on a.id = d.account_id where d.campaign_id = ${campaignId} and d.state <> 'skipped'
     group by d.account_id, a.name, a.paused_at, a.wait_until, a.wait_reason order by a.name`.execute(trx);
  const { rows: reasons } = await sql<{ state: string; reason: string; n: number }>`
    select state, coalesce(reason, 'unknown') as reason, count(*)::int as n from deliveries
     where campaign_id = ${campaignId} and state in ('skipped', 'failed') group by 1, 2`.execute(trx);
  const { rows: pace } = await sql<{ recent: number; sent: number; last: Date | null; started: Date | null }>`
    select count(*) filter (where sent_at > now() - interval '10 minutes')::int as recent, count(sent_at)::int as sent, max(sent_at) as last,
           (select started_at from campaigns where id = ${campaignId}) as started
      from deliveries where campaign_id = ${campaignId}`.execute(trx);
  const by = (state: string) => Object.fromEntries(reasons.filter((row) => row.state === state).map((row) => [row.reason, row.n]));
  return {
    lanes,
    skippedBy: by('skipped'),
    failedBy: by('failed'),
    lastTenMinutes: pace[0]?.recent ?? 0,
    sent: pace[0]?.sent ?? 0,
    lastAt: pace[0]?.last ?? null,
    startedAt: pace[0]?.started ?? null,
  };
}
