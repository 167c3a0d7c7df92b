import { sql } from 'kysely';
import { z } from 'zod';
import type { Delivery } from '#core/api/campaigns.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';
import { whyStopped } from './why-stopped.ts';

type DeliveryReply = z.input<typeof Delivery>;
export type DeliveryFilter = {
  campaignId?: string | undefined;
  accountId?: string | undefined;
  ended?: boolean | undefined;
  state?: string | undefined;
  search?: string | undefined;
};
type Row = {
  id: string;
  campaign_id: string | null;
  conversation_id: string | null;
  account_id: string | null;
  account_name: string | null;
  contact_id: string | null;
  name: string;
  address_kind: string | null;
  address: string | null;
  state: DeliveryReply['state'];
  reason: string | null;
  error: string | null;
  wait_reason: string | null;
  wait_until: Date | null;
  attempt: number;
  again_at: Date | null;
  platform_id: string | null;
  run_id: string | null;
  position: number;
  due_at: Date;
  committing_at: Date | null;
  sent_at: Date | null;
  delivered_at: Date | null;
  read_at: Date | null;
  created_at: Date;
  updated_at: Date;
};

/**
 * Why a planned delivery is not out yet: its own reason while that holds, else what holds its campaign or its lane, else that it waits in
 * line. Exactly one for each.
 */
const columns = sql`
  d.id, d.campaign_id, d.conversation_id, d.account_id, a.name as account_name, d.contact_id, d.name, d.address_kind, d.address, d.state, d.reason, d.error,
  case when d.state in ('planned', 'claimed', 'committing') then coalesce(
    ${whyStopped},
    case when d.wait_until > now() then d.wait_reason end,
    case when k.state = 'paused' then 'campaign_paused' end,
    case when a.paused_at is not null then 'account_paused' end,
    case when d.due_at > now() then coalesce(d.wait_reason, 'scheduled') end,
    case when a.wait_until > now() then a.wait_reason end,
    'in_line') end as wait_reason,
  case when d.state = 'planned' then greatest(case when d.due_at > now() then d.due_at end, case when a.wait_until > now() then a.wait_until end) end as wait_until,
  (select r.id from runs r where r.delivery_id = d.id order by r.started_at desc limit 1) as run_id,
  d.attempt, d.again_at, d.platform_id, d.position, d.due_at, d.committing_at, d.sent_at, d.delivered_at, d.read_at, d.created_at, d.updated_at`;
const from = sql`deliveries d left join accounts a on a.id = d.account_id left join campaigns k on k.id = d.campaign_id`;

/** Deliveries of a campaign in the order of its plan. */
export async function listCampaignDeliveries(trx: Trx, ask: PageAsk & DeliveryFilter & { campaignId: string }) {
  const after = readCursor(ask.cursor, z.tuple([z.number()]))?.[0] ?? 0;
  const { rows } = await sql<Row>`
    select ${columns} from ${from}
     where d.campaign_id = ${ask.campaignId} and d.position > ${after}
       and (${ask.state ?? null}::text is null or d.state = ${ask.state ?? null})
       and (${ask.search ?? null}::text is null or strpos(lower(d.name), lower(${ask.search ?? null})) > 0 or strpos(d.address, ${ask.search ?? null}) > 0)
     order by d.position limit ${ask.limit + 1}`.execute(trx);
  const page = pageOfRows(rows, ask.limit, (row) => [row.position]);
  return { rows: page.rows.map(toDelivery), next: page.next };
}

/** Deliveries of everything, the last changed first. */
export async function listDeliveryLog(trx: Trx, ask: PageAsk & DeliveryFilter) {
  const after = readCursor(ask.cursor, z.tuple([z.string(), z.uuid()]));
  const { rows } = await sql<Row>`
    select ${columns} from ${from}
     where (${ask.state ?? null}::text is null or d.state = ${ask.state ?? null})
       and (${ask.campaignId ?? null}::uuid is null or d.campaign_id = ${ask.campaignId ?? null})
       and (${ask.accountId ?? null}::uuid is null or d.account_id = ${ask.accountId ?? null})
       and (not ${ask.ended ?? false}::boolean or d.state not in ('planned', 'claimed', 'committing', 'uncertain'))
       and (${after?.[0] ?? null}::timestamptz is null or (d.updated_at, d.id) < (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid))
     order by d.updated_at desc, d.id desc limit ${ask.limit + 1}`.execute(trx);
  const page = pageOfRows(rows, ask.limit, (row) => [row.updated_at.toISOString(), row.id]);
  return { rows: page.rows.map(toDelivery), next: page.next };
}

/** What an account has before it: what nobody knows the end of, what is under way, and then the lane in its order. */
export async function listQueue(trx: Trx, ask: PageAsk & { accountId: string }) {
  const after = readCursor(ask.cursor, z.tuple([z.number(), z.number(), Moment, z.number(), z.uuid()]));
  const rank = sql`case d.state when 'uncertain' then 0 when 'planned' then 2 else 1 end`;
  const { rows } = await sql<Row & { rank: number; priority: number; moment: string }>`
    select ${columns}, ${rank} as rank, d.priority, ${moment('d.due_at')} as moment from ${from}
     where d.account_id = ${ask.accountId} and d.state in ('planned', 'claimed', 'committing', 'uncertain')
       and (${after === null} or (${rank}, d.priority, d.due_at, d.position, d.id) >
            (${after?.[0] ?? 0}::integer, ${after?.[1] ?? 0}::integer, ${after?.[2] ?? null}::timestamptz, ${after?.[3] ?? 0}::integer, ${after?.[4] ?? null}::uuid))
     order by rank, d.priority, d.due_at, d.position, d.id limit ${ask.limit + 1}`.execute(trx);
  const page = pageOfRows(rows, ask.limit, (row) => [row.rank, row.priority, row.moment, row.position, row.id]);
  return { rows: page.rows.map(toDelivery), next: page.next };
}

export async function readDelivery(trx: Trx, id: string) {
  const { rows } = await sql<Row>`select ${columns} from ${from} where d.id = ${id}`.execute(trx);
  const row = rows[0];
  if (!row) throw new Failure('not_found');
  const more = await trx
    .selectFrom('deliveries')
    .select(['template_version_id', 'merge', 'subject', 'body'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const runs = await trx.selectFrom('runs').select('id').where('delivery_id', '=', id).orderBy('started_at').execute();
  return { delivery: toDelivery(row), content: more, runs: runs.map((run) => run.id) };
}

export function toDelivery(row: Row): DeliveryReply {
  return {
    id: row.id,
    campaignId: row.campaign_id,
    conversationId: row.conversation_id,
    accountId: row.account_id,
    accountName: row.account_name,
    contactId: row.contact_id,
    name: row.name,
    addressKind: row.address_kind,
    address: row.address,
    state: row.state,
    reason: row.reason,
    error: row.error,
    waitReason: row.wait_reason,
    waitUntil: instant(row.wait_until),
    attempt: row.attempt,
    againAt: instant(row.again_at),
    platformId: row.platform_id,
    runId: row.run_id,
    dueAt: instant(row.due_at),
    committingAt: instant(row.committing_at),
    sentAt: instant(row.sent_at),
    deliveredAt: instant(row.delivered_at),
    readAt: instant(row.read_at),
    createdAt: instant(row.created_at),
    updatedAt: instant(row.updated_at),
  };
}
