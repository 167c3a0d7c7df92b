import { sql } from 'kysely';
import type { Trx } from './database.ts';
import { whyStopped } from './why-stopped.ts';

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
export async function readProgress(trx: Trx, campaignId: string, now: Date): Promise<ProgressNumbers> {
  const lanes = await readLanes(trx, campaignId, now);
  const { rows: reasons } = await sql<{ state: string; reason: string; n: number }>`
    select state, coalesce(reason, 'unknown') as reason, count(*)::int as n from deliveries
     where campaign_id = ${campaignId} and state in ('skipped', 'failed') group by 1, 2`.execute(trx);
  const { rows: pace } = await sql<{ recent: number; sent: number; last: Date | null; started: Date | null }>`
    select count(*) filter (where sent_at > ${now}::timestamptz - interval '10 minutes')::int as recent, count(sent_at)::int as sent, max(sent_at) as last,
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

/**
 * Why nothing of the campaign goes out of a lane right now, and until when: whatever ends last of what holds the whole lane and what holds its
 * next delivery (quiet hours at the recipient's place, a retry, the planned start). A lane that is sending waits for nothing.
 */
async function readLanes(trx: Trx, campaignId: string, now: Date): Promise<LaneProgress[]> {
  const { rows } = await sql<LaneProgress>`
    with counted as (
      select account_id, count(*) filter (where state in ('planned', 'claimed', 'committing'))::int as queued,
             count(*) filter (where state in ('claimed', 'committing')) as under_way,
             count(*) filter (where state not in ('planned', 'claimed', 'committing'))::int as done
        from deliveries where campaign_id = ${campaignId} and account_id is not null and state <> 'skipped' group by account_id
    ), waits as (
      select c.*, a.name, head.due_at, head.wait_reason as head_reason, a.wait_reason as lane_reason, a.wait_until,
             c.under_way = 0 and head.due_at > greatest(${now}::timestamptz, a.wait_until) as head_waits,
             a.wait_until > ${now}::timestamptz as lane_waits, a.paused_at is not null as is_paused, k.state as campaign,
             ${whyStopped} as stopped
        from counted c join accounts a on a.id = c.account_id join campaigns k on k.id = ${campaignId}
        left join lateral (
          select d.due_at, d.wait_reason from deliveries d where d.account_id = c.account_id and d.state = 'planned' and d.campaign_id = ${campaignId}
           order by d.priority, d.due_at, d.position limit 1) head on true
    )
    select account_id as "accountId", name, queued, done,
           case when queued = 0 then null when campaign = 'paused' then 'campaign_paused' when is_paused then 'account_paused' when stopped is not null then stopped
                when head_waits then coalesce(head_reason, 'scheduled') when lane_waits then lane_reason end as "waitReason",
           case when queued = 0 or campaign = 'paused' or is_paused or stopped is not null then null when head_waits then due_at when lane_waits then wait_until end as "nextAt"
      from waits order by name`.execute(trx);
  return rows;
}
