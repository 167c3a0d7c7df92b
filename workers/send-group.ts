import type { AccountRef, Channel, Outgoing } from '#core/channel.ts';
import { asFailure, Failure } from '#core/failure.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { type Commit, commitDeliveries, type Outcome, settleDeliveries } from '#sql/deliveries.ts';
import { type Candidate, unclaim } from '#sql/lane.ts';
import { finishIfDone } from '#sql/plan.ts';
import { afterFailure } from './after-failure.ts';
import { gather } from './gather.ts';
import type { Hold } from './holds.ts';
import type { Renderer } from './renderer.ts';
import type { Uses } from './uses.ts';

export type SendDeps = { db: Db; hostId: string; channel: Channel; render: Renderer; clock: Clock; tell: () => void };
type Group = { account: AccountRef; hold: Hold; group: readonly Candidate[]; uses: Uses; mayBeLast: () => boolean; signal: AbortSignal };
export type GroupResult = { campaigns: ReadonlySet<string>; laneWait: { reason: string; until: Date } | null };

/** The lease must outlive the act between the commit and its proof: typing is over by then, so 15 s is long. */
const marginSeconds = 15;

/** Sends claimed deliveries of one account side by side, with one write before the commit and one after. */
export async function sendGroup(deps: SendDeps, ask: Group): Promise<GroupResult> {
  const { account, group } = ask;
  const commits = gather<Commit>(
    group.length,
    (items) => commit(deps, ask, items),
    () => new Failure('wrong_state', 'It may not go out any more.'),
  );
  const capabilities = deps.channel.capabilities(account);
  const results = await Promise.all(
    group.map(async (one): Promise<Attempt> => {
      let isCommitted = false;
      let hasArrived = false;
      try {
        const content = await deps.render(account.workspaceId, one);
        const message: Outgoing = {
          deliveryId: one.id,
          to: { kind: one.addressKind, value: one.address, name: one.name },
          ...content,
          retried: one.attempt > 0,
          commit: async (anchor) => {
            hasArrived = true;
            await commits.join({ id: one.id, anchor, isNewContact: one.isNewContact });
            isCommitted = true;
          },
        };
        const sent = await deps.channel.send(account, message, ask.signal);
        if (sent.is === 'dry_run') throw new Failure('broken', 'A dry run came back from a real send.');
        return { is: 'outcome', outcome: { ...sent, id: one.id, text: content.text } };
      } catch (error) {
        if (!hasArrived) commits.leave();
        return afterFailure({ id: one.id, attempt: one.attempt + 1, failure: asFailure(error), isCommitted, capabilities, now: deps.clock.now() });
      }
    }),
  );
  return settle(deps, ask, results);
}

type Attempt = ReturnType<typeof afterFailure>;

async function commit(deps: SendDeps, { account, hold, uses }: Group, commits: Commit[]): Promise<Set<Commit>> {
  // Read on the monotonic clock right before the act; the statement asks the database the same.
  if (hold.remainingMs() < marginSeconds * 1000) throw new Failure('lease_lost');
  const now = deps.clock.now();
  const passed = await inWorkspace(deps.db, account.workspaceId, (trx) =>
    commitDeliveries(trx, { commits, accountId: account.id, hostId: deps.hostId, fence: hold.fence, marginSeconds, now }),
  );
  uses.commit(passed, now);
  return new Set(commits.filter((one) => passed.has(one.id)));
}

async function settle(deps: SendDeps, { account, group, mayBeLast }: Group, attempts: readonly Attempt[]): Promise<GroupResult> {
  const outcomes = attempts.flatMap((one): Outcome[] => (one.is === 'outcome' ? [one.outcome] : []));
  const waits = attempts.flatMap((one) => (one.is === 'lane_waits' ? [one] : (one.laneWait ?? [])));
  const back = group.filter((_, index) => attempts[index]?.is === 'lane_waits').map((one) => one.id);
  await inWorkspace(deps.db, account.workspaceId, async (trx) => {
    if (back.length > 0) await unclaim(trx, back);
    const settled = await settleDeliveries(trx, { workspaceId: account.workspaceId, accountId: account.id, outcomes, now: deps.clock.now() });
    // While more of the lane is claimed its campaigns cannot be finished, and looking costs a read per group.
    if (mayBeLast()) await finishCampaigns(trx, account.workspaceId, settled);
  });
  deps.tell();
  const campaigns = new Set(group.flatMap((one) => (one.campaignId ? [one.campaignId] : [])));
  return { campaigns, laneWait: waits[0] ?? null };
}

/** A campaign whose last delivery has just ended is finished. */
export async function finishCampaigns(
  trx: Parameters<typeof finishIfDone>[0],
  workspaceId: string,
  settled: readonly { campaign_id: string | null }[],
): Promise<void> {
  const campaigns = new Set(settled.flatMap((row) => (row.campaign_id ? [row.campaign_id] : [])));
  for (const campaignId of campaigns) await finishIfDone(trx, campaignId, workspaceId);
}
