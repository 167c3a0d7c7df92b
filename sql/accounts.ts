import { type RawBuilder, sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import { Ceilings, ceilingKindOf, ceilingsOf, limitsOf, WorkspaceCeilings } from '#core/policy.ts';
import { ProfileState, profileStates } from '#core/profile.ts';
import { warmUpOf } from '#core/warm-up.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';

/** An account with what waits on it and what it used: the columns that lists of profiles, mail accounts and senders share. */
export type AccountRow = {
  id: string;
  name: string;
  channel: string;
  identity: string | null;
  ceilings: unknown;
  workspace_ceilings: unknown;
  paused_at: Date | null;
  pause_reason: string | null;
  queued: number;
  next_at: Date | null;
  wait_reason: string | null;
  used_today: number;
  first_used_at: Date | null;
  set_back_at: Date | null;
  set_back_why: 'restricted' | 'too_many_failed' | null;
  asked_at: Date;
  unread: number;
  uncertain: number;
  last_error: string | null;
  last_error_at: Date | null;
};

/**
 * Counts of all accounts in one statement: each lateral part reads an index of its own. Deliveries of campaigns that do not run are
 * not counted as waiting, because nothing lets them out by time.
 */
export function accountCounts(now: Date): RawBuilder<unknown> {
  return sql`
    left join lateral (
      select count(*)::int as queued, min(d.due_at) as due_at, (array_agg(d.wait_reason order by d.priority, d.due_at, d.position))[1] as head_reason
        from deliveries d left join campaigns k on k.id = d.campaign_id
       where d.account_id = a.id and d.state = 'planned' and (k.id is null or k.state = 'running')) q on true
    left join lateral (
      select count(u.number)::int as used_today, min(k.first_at) as first_used_at, ${now}::timestamptz as asked_at
        from use_keys k left join uses u on u.key_id = k.id and u.at > ${now}::timestamptz - interval '24 hours'
       where k.workspace_id = a.workspace_id and k.kind = 'account' and k.key = a.id::text) u on true
    left join lateral (select count(*)::int as uncertain from deliveries d where d.account_id = a.id and d.state = 'uncertain') c on true
    left join (select v.account_id, sum(v.unread)::int as unread from conversations v where v.unread > 0 group by 1) m on m.account_id = a.id`;
}

export const accountColumns = sql`
  a.id, a.name, a.channel, a.identity, a.ceilings, w.settings -> 'ceilings' as workspace_ceilings, a.paused_at, a.pause_reason,
  q.queued, greatest(q.due_at, a.wait_until) as next_at, coalesce(a.wait_reason, q.head_reason) as wait_reason, u.used_today, coalesce(a.warm_up_from, u.first_used_at) as first_used_at, a.set_back_at, a.set_back_why, u.asked_at, coalesce(m.unread, 0) as unread, c.uncertain,
  a.last_error, a.last_error_at`;

/** Everything that sends, profiles and mail alike; those that need a person first. */
export async function listAccounts(trx: Trx, now: Date) {
  return (await selectAccounts(trx, now, null)).toSorted((a, b) => attentionOf(b.state) - attentionOf(a.state) || a.name.localeCompare(b.name));
}

export async function readAccount(trx: Trx, accountId: string, now: Date) {
  const [account] = await selectAccounts(trx, now, accountId);
  if (!account) throw new Failure('not_found');
  return account;
}

async function selectAccounts(trx: Trx, now: Date, accountId: string | null) {
  const { rows } = await sql<AccountRow & { state: string | null }>`
    select ${accountColumns}, p.state from accounts a join workspaces w on w.id = a.workspace_id left join profiles p on p.account_id = a.id
    ${accountCounts(now)} ${accountId ? sql`where a.id = ${accountId}` : sql``}`.execute(trx);
  return rows.map((row) => ({
    ...toShared(row),
    kind: ceilingKindOf(row.channel),
    state: row.state === null ? null : ProfileState.parse(row.state),
  }));
}

/** Nothing goes out until it is resumed; what is under way still ends. Answers whether anything changed. */
export async function pauseAccount(trx: Trx, ask: { workspaceId: string; accountId: string; reason: string; now: Date }): Promise<void> {
  await sql`update accounts set paused_at = coalesce(paused_at, ${ask.now}), pause_reason = coalesce(pause_reason, ${ask.reason}), updated_at = now()
    where id = ${ask.accountId}`.execute(trx);
  await recordEvent(trx, ask.workspaceId, { kind: 'account_changed', accountId: ask.accountId });
}

/** Paused because the platform said so, in its own words. */
export async function holdAccount(
  trx: Trx,
  ask: { workspaceId: string; accountId: string; reason: string; error: string; now: Date },
): Promise<void> {
  await sql`update accounts set last_error = ${ask.error}, last_error_at = ${ask.now} where id = ${ask.accountId}`.execute(trx);
  await pauseAccount(trx, ask);
}

/** With `onlyIf`, only when one of these is why it was paused. */
export async function resumeAccount(trx: Trx, ask: { workspaceId: string; accountId: string; onlyIf?: readonly string[] }): Promise<void> {
  await sql`update accounts set paused_at = null, pause_reason = null, wait_reason = null, wait_until = null, updated_at = now()
    where id = ${ask.accountId} and (${ask.onlyIf ?? null}::text[] is null or pause_reason = any(${ask.onlyIf ?? null}))`.execute(trx);
  await recordEvent(trx, ask.workspaceId, { kind: 'account_changed', accountId: ask.accountId });
}

/** Deliveries that ended stay in the log without their account; those that can still change hold it back. */
export async function removeAccount(trx: Trx, accountId: string): Promise<void> {
  // Locked, so that nothing is planned on it meanwhile.
  await sql`select from accounts where id = ${accountId} for update`.execute(trx);
  const { rows } = await sql<{ open: number }>`
    select count(*)::int as open from deliveries where account_id = ${accountId} and state in ('planned', 'claimed', 'committing', 'uncertain')`.execute(
    trx,
  );
  const open = rows[0]?.open ?? 0;
  if (open > 0)
    throw new Failure(
      'in_use',
      `${open === 1 ? 'One message is' : `${open} messages are`} planned or undecided on it. Cancel or resolve them first.`,
    );
  const sender = await trx
    .selectFrom('campaign_senders')
    .innerJoin('campaigns', 'campaigns.id', 'campaign_senders.campaign_id')
    .select('campaigns.name')
    .where('campaign_senders.account_id', '=', accountId)
    .where('campaigns.state', 'in', ['planning', 'running', 'paused'])
    .executeTakeFirst();
  if (sender) throw new Failure('in_use', `The campaign ${sender.name} sends from it. Cancel the campaign, or let it end, first.`);
  await trx.deleteFrom('campaign_senders').where('account_id', '=', accountId).execute();
  await trx.deleteFrom('accounts').where('id', '=', accountId).execute();
}

export function toShared(row: AccountRow) {
  const ceilings = readCeilings(row);
  return {
    id: row.id,
    name: row.name,
    channel: row.channel,
    identity: row.identity,
    pausedAt: instant(row.paused_at),
    pauseReason: row.pause_reason,
    queued: row.queued,
    nextAt: row.queued > 0 ? instant(row.next_at) : null,
    waitReason: row.queued > 0 ? row.wait_reason : null,
    usedToday: row.used_today,
    limitToday: limitToday(ceilings, row),
    warmUp: ceilings.warmUp ? warmUpIn(row) : null,
    unread: row.unread,
    uncertain: row.uncertain,
    lastError: row.last_error,
    lastErrorAt: instant(row.last_error_at),
  };
}

function warmUpIn(row: AccountRow) {
  const stands = warmUpOf(row.first_used_at, row.asked_at);
  const setBack = row.set_back_at && row.set_back_why ? { at: instant(row.set_back_at), why: row.set_back_why } : null;
  return stands && { ...stands, setBack };
}

export const attentionOf = (state: ProfileState | null): number => (state ? profileStates[state].attention : 0);

const readCeilings = (row: AccountRow): Ceilings =>
  ceilingsOf(ceilingKindOf(row.channel), WorkspaceCeilings.nullable().parse(row.workspace_ceilings), Ceilings.parse(row.ceilings));

/** What it may send in a day: the account's own ceiling over the workspace's over the default; where only an hour is bound, 24 of them. */
function limitToday(ceilings: Ceilings, row: AccountRow): number | null {
  const limits = limitsOf(ceilings, { firstAt: row.first_used_at, now: row.asked_at }).filter(({ kind }) => kind === 'account');
  const most = (seconds: number) => limits.find((limit) => limit.seconds === seconds)?.most;
  const perHour = most(3600);
  return most(86_400) ?? (perHour === undefined ? null : perHour * 24);
}
