import { sql } from 'kysely';
import type { Anchor } from '#core/delivery.ts';
import type { Event } from '#core/events.ts';
import type { Trx } from './database.ts';
import { recordEvents } from './events.ts';
import { hot } from './hot.ts';

/*
 * Each statement names its rows twice, in the set it joins and as an array: of a set Postgres expects a hundred rows whatever it holds,
 * of an array as many as there are, so it looks them up instead of reading the table.
 */

/** One delivery on its way over the point of no return. */
export type Commit = { id: string; anchor: Anchor | null; isNewContact: boolean };

/**
 * Writes `committing` for deliveries that are still ours to send: claimed under this fence, the lease held for `marginSeconds` longer, the
 * campaign running, the person not suppressed. What is not in the answer must not be sent.
 */
export async function commitDeliveries(
  trx: Trx,
  ask: { commits: readonly Commit[]; accountId: string; hostId: string; fence: number; marginSeconds: number; now: Date },
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`${hot}
    update deliveries d set state = 'committing', anchor = c.anchor, is_new_contact = c.is_new_contact, committing_at = ${ask.now}, attempt = d.attempt + 1, updated_at = now()
      from jsonb_to_recordset(${JSON.stringify(ask.commits.map((one) => ({ id: one.id, anchor: one.anchor, is_new_contact: one.isNewContact })))}::jsonb) as c (id uuid, anchor jsonb, is_new_contact boolean)
     where d.id = c.id and d.id = any(${ask.commits.map((one) => one.id)}::uuid[]) and d.state = 'claimed' and d.fence = ${ask.fence}
       and exists (select from leases l where l.account_id = ${ask.accountId} and l.host_id = ${ask.hostId} and l.fence = ${ask.fence}
                     and l.until > now() + make_interval(secs => ${ask.marginSeconds}))
       and not exists (select from suppressions s where s.contact_id = d.contact_id and s.lifted_at is null)
       and not exists (select from campaigns k where k.id = d.campaign_id and k.state <> 'running')
       and not exists (select from accounts a where a.id = d.account_id and a.paused_at is not null)
    returning d.id`.execute(trx);
  return new Set(rows.map((row) => row.id));
}

/** How an attempt ended. `absent` plans it again: it is proven that the message does not exist and cannot come by itself. */
export type Outcome =
  | { id: string; is: 'sent'; platformId: string; at: Date; conversation: string; text: string }
  | { id: string; is: 'absent' }
  | { id: string; is: 'retry'; reason: string; error: string; until: Date }
  | { id: string; is: 'failed'; reason: string; error: string }
  | { id: string; is: 'skipped'; reason: string; error: string }
  | { id: string; is: 'confirming'; reason: string; error: string; until: Date }
  | { id: string; is: 'uncertain'; reason: string; error: string };

type Settled = {
  id: string;
  campaign_id: string | null;
  account_id: string;
  conversation_id: string | null;
  contact_id: string | null;
  state: string;
  message_id: string | null;
};

/**
 * Writes outcomes of one account and tells of them. States only move forward. What was sent stands in the conversation with its person from
 * then on; reading it on the platform later finds it by its id.
 */
export async function settleDeliveries(
  trx: Trx,
  ask: { workspaceId: string; accountId: string; outcomes: readonly Outcome[]; now: Date },
): Promise<Settled[]> {
  const rows = ask.outcomes.map((one) => ({
    id: one.id,
    state: stateAfter[one.is],
    reason: 'reason' in one ? one.reason : null,
    error: 'error' in one ? one.error.slice(0, 1000) : null,
    until: 'until' in one ? one.until : null,
    waits: one.is === 'confirming' ? 'confirming' : null,
    platform_id: one.is === 'sent' ? one.platformId : null,
    sent_at: one.is === 'sent' ? one.at : null,
    peer: one.is === 'sent' ? one.conversation : null,
    body: one.is === 'sent' ? one.text : null,
  }));
  const { rows: settled } = await sql<Settled>`${hot}
    with given as (
      select o.*, d.contact_id, d.name
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as o (id uuid, state text, reason text, error text, until timestamptz, waits text,
             platform_id text, sent_at timestamptz, peer text, body text) join deliveries d on d.id = o.id
       where d.id = any(${rows.map((row) => row.id)}::uuid[]) and d.account_id = ${ask.accountId} and d.state in ('claimed', 'committing', 'uncertain')
    ), talks as (
      insert into conversations (workspace_id, account_id, contact_id, peer, title, last_message_at)
      select ${ask.workspaceId}::uuid, ${ask.accountId}::uuid, contact_id, min(peer), min(name), max(sent_at)
        from given where state = 'sent' and contact_id is not null group by contact_id
      on conflict (account_id, contact_id) do update set last_message_at = greatest(conversations.last_message_at, excluded.last_message_at),
        peer = excluded.peer, archived_at = null, updated_at = now()
      returning id, contact_id
    ), settled as (
      update deliveries d set state = o.state,
             reason = case when o.state in ('failed', 'skipped', 'uncertain') then o.reason end,
             error = o.error,
             wait_reason = case when o.waits is not null then o.waits when o.state = 'planned' then o.reason end, wait_until = o.until,
             due_at = case when o.state = 'planned' and o.until is not null then o.until else d.due_at end,
             committing_at = case when o.state = 'planned' then null else d.committing_at end,
             claimed_at = case when o.state = 'planned' then null else d.claimed_at end,
             anchor = case when o.state = 'planned' then null else d.anchor end,
             platform_id = coalesce(o.platform_id, d.platform_id), sent_at = coalesce(o.sent_at, d.sent_at),
             conversation_id = coalesce(t.id, d.conversation_id),
             ended_at = case when o.state in ('sent', 'failed', 'skipped', 'uncertain') then ${ask.now}::timestamptz end, updated_at = now()
        from given o left join talks t on t.contact_id = o.contact_id and o.state = 'sent'
       where d.id = o.id and d.id = any(${rows.map((row) => row.id)}::uuid[]) and d.state in ('claimed', 'committing', 'uncertain')
      returning d.id, d.campaign_id, d.account_id, d.conversation_id, d.contact_id, d.state, o.platform_id, o.body, o.sent_at
    ), added as (
      insert into messages (workspace_id, account_id, conversation_id, delivery_id, platform_id, direction, kind, body, status, at)
      select ${ask.workspaceId}::uuid, ${ask.accountId}::uuid, conversation_id, id, platform_id, 'out', 'text', body, 'sent', sent_at
        from settled where state = 'sent' and contact_id is not null
      on conflict (account_id, platform_id) do update set delivery_id = excluded.delivery_id
      returning id, delivery_id
    )
    select s.id, s.campaign_id, s.account_id, s.conversation_id, s.contact_id, s.state, m.id as message_id
      from settled s left join added m on m.delivery_id = s.id`.execute(trx);
  await recordEvents(trx, ask.workspaceId, settled.flatMap(changes));
  return settled;
}

const stateAfter = {
  sent: 'sent',
  absent: 'planned',
  retry: 'planned',
  failed: 'failed',
  skipped: 'skipped',
  confirming: 'committing',
  uncertain: 'uncertain',
} as const;

const changes = (row: Settled): Event[] => [
  changed(row),
  ...(row.message_id && row.conversation_id
    ? [{ kind: 'message_added', messageId: row.message_id, conversationId: row.conversation_id, accountId: row.account_id } as const]
    : []),
];

const changed = (row: Omit<Settled, 'message_id'>): Event => ({
  kind: 'delivery_changed',
  deliveryId: row.id,
  campaignId: row.campaign_id,
  accountId: row.account_id,
  conversationId: row.conversation_id,
});

export type PlannedSend = {
  workspaceId: string;
  accountId: string;
  conversationId?: string | null;
  contactId: string | null;
  addressKind: string;
  address: string;
  name: string;
  body: string;
  subject?: string | null;
  /** 0 for replies: they go before campaigns. */
  priority: number;
  clientKey?: string | null;
  personId?: string | null;
};

/** Plans one message outside a campaign. The same client key answers the delivery that exists already. */
export async function planSend(trx: Trx, send: PlannedSend): Promise<{ id: string; isNew: boolean }> {
  const { rows } = await sql<{ id: string }>`
    insert into deliveries (workspace_id, account_id, conversation_id, contact_id, address_kind, address, name, body, subject, priority, client_key, created_by)
    values (${send.workspaceId}, ${send.accountId}, ${send.conversationId ?? null}, ${send.contactId}, ${send.addressKind}, ${send.address}, ${send.name}, ${send.body},
            ${send.subject ?? null}, ${send.priority}, ${send.clientKey ?? null}, ${send.personId ?? null})
    on conflict (workspace_id, client_key) where client_key is not null do nothing returning id`.execute(trx);
  const made = rows[0];
  if (made) {
    await recordEvents(trx, send.workspaceId, [
      changed({
        id: made.id,
        campaign_id: null,
        account_id: send.accountId,
        conversation_id: send.conversationId ?? null,
        contact_id: send.contactId,
        state: 'planned',
      }),
    ]);
    return { id: made.id, isNew: true };
  }
  const existing = await trx
    .selectFrom('deliveries')
    .select('id')
    .where('client_key', '=', send.clientKey ?? '')
    .executeTakeFirstOrThrow();
  return { id: existing.id, isNew: false };
}
