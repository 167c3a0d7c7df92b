import { sql } from 'kysely';
import type { Anchor } from '#core/delivery.ts';
import { Failure } from '#core/failure.ts';
import type { PlatformExtras } from '#core/platform-extras.ts';
import type { Limit } from '#core/policy.ts';
import type { Db, Trx } from './database.ts';
import { deliveryChanged, recordEvent } from './events.ts';
import { hot } from './hot.ts';

/** One delivery on its way over the point of no return. */
export type Commit = { id: string; anchor: Anchor | null; isNewContact: boolean };

/** How an attempt ended. `absent` plans it again: it is proven that the message does not exist and cannot come by itself. */
export type Outcome =
  | { id: string; is: 'sent'; platformId: string; at: Date; conversation: string; text: string }
  | { id: string; is: 'absent' }
  | { id: string; is: 'retry'; reason: string; error: string; until: Date }
  /** Put off by a rule: nothing was tried. */
  | { id: string; is: 'waits'; reason: string; until: Date }
  | { id: string; is: 'failed'; reason: string; error: string }
  | { id: string; is: 'skipped'; reason: string; error: string }
  | { id: string; is: 'confirming'; reason: string; error: string; until: Date }
  /**
   * With `until` it is planned again then, unless it has turned out by then that it went out; `againAt` is when a campaign that is set so plans it
   * again whatever is known.
   */
  | { id: string; is: 'uncertain'; reason: string; error: string; until?: Date; againAt?: Date };

/** Writes outcomes of one account, messages and conversations included, and tells of them. States only move forward. */
export async function settleDeliveries(
  trx: Trx,
  ask: { workspaceId: string; accountId: string; outcomes: readonly Outcome[]; now: Date },
): Promise<void> {
  await sql`select settle_deliveries(${ask.workspaceId}, ${ask.accountId}, ${JSON.stringify(ask.outcomes.map(rowOf))}, ${ask.now})`.execute(trx);
  const deferred = ask.outcomes.flatMap((one) => (one.is === 'retry' && one.reason === 'mail_deferred' ? [one.id] : []));
  if (deferred.length > 0) {
    await sql`update deliveries set deferred_since = coalesce(deferred_since, ${ask.now}) where id = any(${deferred}::uuid[])`.execute(trx);
  }
}

export type LedgerPage = {
  workspaceId: string;
  accountId: string;
  outcomes: readonly Outcome[];
  commits: readonly Commit[];
  /** The lease under which the commits were claimed, and how many seconds it has to last longer. */
  lease: { hostId: string; fence: number; marginSeconds: number };
  limits: readonly Limit[];
  now: Date;
};
/** `go` is durably `committing`, and its uses are booked; `over` would be more than a limit allows. */
export type Committed = { is: 'go' } | { is: 'over'; reason: string; until: Date; holdsLane: boolean };

/**
 * Writes outcomes and then `committing`, as one transaction in one call. Answers what may be sent: still claimed under this lease, the
 * campaign running, the account not paused, the person not suppressed, no window over its limit. What is not in the answer must not be sent.
 */
export async function writeLedger(
  db: Db,
  { workspaceId, accountId, outcomes, commits, lease, limits, now }: LedgerPage,
): Promise<Map<string, Committed>> {
  const given = commits.map((one) => ({ id: one.id, anchor: one.anchor, is_new_contact: one.isNewContact }));
  const asked = limits.map(({ holdsLane, ...limit }) => ({ ...limit, holds_lane: holdsLane }));
  const { rows } = await sql<{ id: string; reason: string | null; until: Date | null; holds_lane: boolean | null }>`${hot}
    select id, reason, until, holds_lane from write_ledger(${workspaceId}, ${accountId}, ${JSON.stringify(outcomes.map(rowOf))}, ${lease.hostId},
      ${lease.fence}, ${lease.marginSeconds}, ${JSON.stringify(given)}, ${JSON.stringify(asked)}, ${now})`.execute(db);
  return new Map(
    rows.map(({ id, reason, until, holds_lane }) => [
      id,
      reason && until ? { is: 'over', reason, until, holdsLane: holds_lane ?? false } : { is: 'go' },
    ]),
  );
}

/** Outcomes that give uses back: they are written apart from commits, because a transaction locks its counters once. */
export const givesBack = (outcome: Outcome): boolean => stateAfter[outcome.is] === 'planned';

const rowOf = (one: Outcome) => ({
  id: one.id,
  state: stateAfter[one.is],
  reason: 'reason' in one ? one.reason : null,
  error: 'error' in one ? one.error.slice(0, 1000) : null,
  until: 'until' in one ? (one.until ?? null) : null,
  /** A try that a commit has not counted. */
  tried: one.is === 'retry',
  waits: one.is === 'confirming' ? 'confirming' : null,
  platform_id: one.is === 'sent' ? one.platformId : null,
  sent_at: one.is === 'sent' ? one.at : null,
  peer: one.is === 'sent' ? one.conversation : null,
  body: one.is === 'sent' ? one.text : null,
  again_at: one.is === 'uncertain' ? (one.againAt ?? null) : null,
});

const stateAfter = {
  sent: 'sent',
  absent: 'planned',
  retry: 'planned',
  waits: 'planned',
  failed: 'failed',
  skipped: 'skipped',
  confirming: 'committing',
  uncertain: 'uncertain',
} as const;

export type PlannedSend = {
  workspaceId: string;
  accountId: string;
  conversationId?: string | null;
  contactId: string | null;
  addressKind: string;
  address: string;
  name: string;
  /** With a file its caption, which may be empty. */
  body: string;
  subject?: string | null;
  mediaId?: string | null;
  /** The message that it answers. */
  replyTo?: string | null;
  /** What an official platform takes beside the text, or instead of it. */
  extras?: PlatformExtras | null;
  /** 0 for replies: they go before campaigns. */
  priority: number;
  /** Not before this time; a rule may put it off further. */
  sendAt?: Date | null;
  clientKey?: string | null;
  personId?: string | null;
  /** The suppression that it confirms: the one message that its person still gets. */
  confirms?: string | null;
};

/** Plans one message outside a campaign. The same client key answers the delivery that exists already. */
export async function planSend(trx: Trx, send: PlannedSend): Promise<{ id: string; isNew: boolean }> {
  const { rows } = await sql<{ id: string }>`
    insert into deliveries (workspace_id, account_id, conversation_id, contact_id, address_kind, address, name, body, subject, media_id, reply_to, extras, priority,
                            client_key, created_by, confirms, due_at)
    values (${send.workspaceId}, ${send.accountId}, ${send.conversationId ?? null}, ${send.contactId}, ${send.addressKind}, ${send.address}, ${send.name}, ${send.body},
            ${send.subject ?? null}, ${send.mediaId ?? null}, ${send.replyTo ?? null}, ${send.extras ? JSON.stringify(send.extras) : null}::jsonb, ${send.priority}, ${send.clientKey ?? null}, ${send.personId ?? null}, ${send.confirms ?? null},
            coalesce(${send.sendAt ?? null}::timestamptz, now()))
    on conflict (workspace_id, client_key) where client_key is not null do nothing returning id`.execute(trx);
  const made = rows[0];
  if (made) {
    const row = { id: made.id, campaign_id: null, account_id: send.accountId, conversation_id: send.conversationId ?? null };
    await recordEvent(trx, send.workspaceId, deliveryChanged(row));
    return { id: made.id, isNew: true };
  }
  const existing = await trx
    .selectFrom('deliveries')
    .select(['id', 'account_id', 'address', 'body'])
    .where('client_key', '=', send.clientKey ?? '')
    .executeTakeFirstOrThrow();
  if (existing.account_id !== send.accountId || existing.address !== send.address || existing.body !== send.body) throw usedKey();
  return { id: existing.id, isNew: false };
}

/** Takes back what waits to be sent. Throws `wrong_state` once it is on its way, and `not_found`. */
export async function cancelSend(trx: Trx, workspaceId: string, id: string): Promise<void> {
  const { rows } = await sql<{ id: string; campaign_id: string | null; account_id: string; conversation_id: string | null }>`
    update deliveries set state = 'cancelled', ended_at = now(), updated_at = now(), wait_reason = null, wait_until = null
     where id = ${id} and state = 'planned' and campaign_id is null returning id, campaign_id, account_id, conversation_id`.execute(trx);
  const row = rows[0];
  if (row) return recordEvent(trx, workspaceId, deliveryChanged(row));
  const { rows: known } = await sql`select from deliveries where id = ${id} union all select from messages where id = ${id}`.execute(trx);
  throw known.length > 0 ? new Failure('wrong_state', 'Only a message that still waits can be taken back here.') : new Failure('not_found');
}

export const usedKey = () =>
  new Failure('already_exists', 'This clientKey was used for another message.', { fields: { clientKey: 'was used before' } });
