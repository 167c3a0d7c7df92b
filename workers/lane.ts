import type { AccountRef, Capabilities, Channel } from '#core/channel.ts';
import { asFailure, type Failure } from '#core/failure.ts';
import { type LaneRules, rulesOf } from '#core/lane-rules.ts';
import { ringLane } from '#sql/bells.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { settleDeliveries } from '#sql/deliveries.ts';
import { type LaneAccount, nextDueAt, readLaneAccount, recoverLane, sayWhyLaneWaits } from '#sql/lane.ts';
import { holderOf } from '#sql/leases.ts';
import { finishIfDone } from '#sql/plan.ts';
import { hostQueue, type Queue } from '#sql/queue.ts';
import { planSecondTries } from '#sql/try-again.ts';
import { confirmInterrupted } from './confirm.ts';
import type { Hold, Holds } from './holds.ts';
import type { MediaReader } from './media.ts';
import type { Renderer } from './renderer.ts';
import { sendDue } from './send-due.ts';
import type { SendDeps } from './send-one.ts';
import { stillTrue } from './still-true.ts';

export type LaneDeps = {
  db: Db;
  queue: Queue;
  hostId: string;
  holds: Holds;
  channelOf: (channel: string) => Channel;
  render: Renderer;
  mediaOf: MediaReader;
  clock: Clock;
  /** Hears of a slice that threw, as when the database went away under it: what it has left waits for the next one. */
  broke?: (job: LaneJob) => void;
  /** Called after commits that wrote events. */
  tell: () => void;
};
export type LaneJob = { workspaceId: string; accountId: string };
export type Slice = {
  deps: SendDeps & LaneDeps;
  account: LaneAccount;
  ref: AccountRef;
  capabilities: Capabilities;
  rules: LaneRules;
  hold: Hold;
  signal: AbortSignal;
};
export type Wait = { reason: string; until: Date };

/** The one serial line of an account: takes the lease, settles what an earlier holder left, sends what may go, and rings for what is due next. */
export function createLane(deps: LaneDeps): (job: LaneJob, signal: AbortSignal) => Promise<void> {
  const running = new Map<string, Promise<void>>();
  return async (job, signal) => {
    // The queue lets one job of an account run at a time; a bell of the host's own queue must wait for it too.
    const before = running.get(job.accountId);
    const mine = (before ?? Promise.resolve()).catch(() => undefined).then(() => runSlice(deps, job, signal));
    running.set(job.accountId, mine);
    mine.catch(() => deps.broke?.(job));
    await mine.finally(() => running.get(job.accountId) === mine && running.delete(job.accountId));
  };
}

async function runSlice(deps: LaneDeps, job: LaneJob, signal: AbortSignal): Promise<void> {
  const account = await inWorkspace(deps.db, job.workspaceId, async (trx) => {
    await trx
      .updateTable('accounts')
      .set({ bell_at: null })
      .where('id', '=', job.accountId)
      .where('bell_at', '<=', new Date(deps.clock.now().getTime() + 500))
      .execute();
    return readLaneAccount(trx, job.accountId);
  });
  if (!account || account.pausedAt || account.stopped || signal.aborted) return;
  deps.holds.know(account.id, account.workspaceId);
  const hold = await deps.holds.acquire(account.id).catch((error: unknown) => asFailure(error));
  if (!('fence' in hold)) return passOn(deps, job, hold);
  try {
    const channel = deps.channelOf(account.channel);
    const ref = { id: account.id, workspaceId: account.workspaceId, channel: account.channel };
    const capabilities = await channel.capabilities(ref);
    const slice: Slice = { deps: { ...deps, channel }, account, ref, capabilities, rules: rulesOf(account), hold, signal };
    const waits = (await settleInterrupted(slice)) ?? restOf(slice) ?? (await sendDue(slice));
    await ringNext(slice, waits);
  } finally {
    await deps.holds.release(hold);
  }
}

/** Another host holds the lease: its own queue gets the bell. */
async function passOn(deps: LaneDeps, job: LaneJob, failure: Failure): Promise<void> {
  if (failure.code !== 'profile_in_use') throw failure;
  const holder = await holderOf(deps.db, job.workspaceId, job.accountId);
  if (holder && holder.hostId !== deps.hostId) await deps.queue.send('host_lane', job, { queue: hostQueue(holder.hostId) });
  else await deps.queue.send('lane', job, { startAfter: new Date(Date.now() + 5000) });
}

/** Confirms what was interrupted after `committing`. While anything is still open the lane sends nothing new. */
async function settleInterrupted(slice: Slice): Promise<Wait | null> {
  const { deps, account, ref, capabilities, hold, signal } = slice;
  const now = deps.clock.now();
  const interrupted = await inWorkspace(deps.db, account.workspaceId, async (trx) => {
    await planSecondTries(trx, { workspaceId: account.workspaceId, accountId: account.id, now });
    return recoverLane(trx, account.id);
  });
  if (interrupted.length === 0) return null;
  let wait: Wait | null = null;
  for (const one of interrupted) {
    const isTooEarly = one.waitUntil !== null && one.waitUntil > now;
    const outcome = isTooEarly ? null : await confirmInterrupted(deps, one, { account: ref, capabilities, signal });
    if (outcome) {
      const outcomes = await stillTrue(deps.db, { account: ref, hold, hostId: deps.hostId }, [outcome]);
      await inWorkspace(deps.db, account.workspaceId, async (trx) => {
        await settleDeliveries(trx, { workspaceId: account.workspaceId, accountId: account.id, outcomes, now });
        if (one.campaignId) await finishIfDone(trx, one.campaignId, account.workspaceId);
      });
      deps.tell();
    }
    if (outcome?.is === 'confirming') wait = { reason: 'confirming', until: outcome.until };
    else if (isTooEarly && one.waitUntil) wait = { reason: 'confirming', until: one.waitUntil };
  }
  return wait;
}

/** The platform wants nothing from this account for now, whatever rings. */
function restOf({ account: { restsUntil }, deps }: Slice): Wait | null {
  return restsUntil && restsUntil > deps.clock.now() ? { reason: 'platform', until: restsUntil } : null;
}

/** Says why the lane waits, if it does, and rings for the next thing that is due. */
async function ringNext(slice: Slice, wait: Wait | null): Promise<void> {
  const { deps, account } = slice;
  await inWorkspace(deps.db, account.workspaceId, async (trx) => {
    const due = await nextDueAt(trx, account.id);
    await sayWhyLaneWaits(trx, account.id, wait);
    if (!due && !wait) return;
    const at = new Date(Math.max(due?.getTime() ?? 0, wait?.until.getTime() ?? 0, deps.clock.now().getTime()));
    await ringLane(trx, deps.queue, { workspaceId: account.workspaceId, accountId: account.id, at });
  });
  deps.tell();
}
