import type { AccountRef } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import type { Limit } from '#core/policy.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { type Commit, type Committed, givesBack, type Outcome, settleDeliveries, writeLedger } from '#sql/deliveries.ts';
import { unclaim } from '#sql/lane.ts';
import type { Verdict } from './after-failure.ts';
import type { Hold } from './holds.ts';
import { OverLimit } from './over-limit.ts';
import { stillTrue } from './still-true.ts';
import type { Uses } from './uses.ts';

export type LedgerDeps = { db: Db; hostId: string; clock: Clock; tell: () => void };
/** `most`: how many deliveries may be `committing` at once. */
type Ask = { account: AccountRef; hold: Hold; uses: Uses; limits: readonly Limit[]; most: number };

/** Where the sends of one slice write what they are about to do and what came of it. What arrives together is written together. */
export type Ledger = {
  /**
   * Waits for its turn, and resolves once the delivery is durably `committing`. Throws `wrong_state` when it may not go out any more,
   * `OverLimit` when it may not go out yet, `lease_lost` when it is not ours, and what a write threw from then on.
   */
  commit(commit: Commit): Promise<void>;
  /** Resolves once it is written what came of a delivery, or once it is planned again because the lane waits. */
  settle(id: string, verdict: Verdict): Promise<void>;
};

type End = { is: 'outcome'; outcome: Outcome } | { is: 'back'; id: string };
type Waiting<T> = { item: T; done: () => void; failed: (error: unknown) => void };

/** The lease must outlive the act between the commit and its proof: typing is over by then, so 15 s is long. */
const marginSeconds = 15;
/** For how long what came first waits for others: little beside what a mail server takes, and ten mails together cost what two cost apart. */
const patienceMs = 2;

export function createLedger(deps: LedgerDeps, ask: Ask): Ledger {
  let ends: Waiting<End>[] = [];
  const begins: Waiting<Commit>[] = [];
  const committing = new Set<string>();
  /** Since when something could be written. */
  let since: number | undefined;
  let isDue = false;
  let isWriting = false;
  /** What could not be written may be committing all the same, or still be: who waited for its end would wait for ever. */
  let broken: { error: unknown } | undefined;
  const write = async () => {
    isDue = false;
    since = undefined;
    const ended = ends;
    ends = [];
    const leaving = ended.map(({ item }) => (item.is === 'back' ? item.id : item.outcome.id)).filter((id) => committing.has(id));
    const begun = begins.splice(0, ask.most - committing.size + leaving.length);
    isWriting = true;
    try {
      const passed = await writePage(deps, ask, { ends: ended.map(({ item }) => item), commits: begun.map(({ item }) => item) });
      for (const id of leaving) committing.delete(id);
      for (const one of ended) one.done();
      for (const one of begun) {
        const refusal = refusalOf(passed, one.item.id);
        if (refusal) one.failed(refusal);
        else {
          committing.add(one.item.id);
          one.done();
        }
      }
    } catch (error) {
      broken = { error };
      for (const one of [...ended, ...begun, ...begins.splice(0)]) one.failed(error);
    } finally {
      isWriting = false;
      consider();
    }
  };
  const consider = () => {
    const hasWork = ends.length > 0 || (begins.length > 0 && committing.size < ask.most);
    if (!hasWork || isDue) return;
    since ??= performance.now();
    if (isWriting) return;
    isDue = true;
    const restMs = patienceMs - (performance.now() - since);
    // What came during the last write has waited long enough: between two the database has no pause. Failures reach those who wait.
    if (restMs > 0) setTimeout(() => void write(), restMs);
    else setImmediate(() => void write());
  };
  const enter = <T>(waiting: Waiting<T>[], item: T) =>
    new Promise<void>((done, failed) => {
      waiting.push({ item, done, failed });
      consider();
    });
  return {
    commit: (commit) => (broken ? Promise.reject(broken.error) : enter(begins, commit)),
    settle: (id, verdict) => enter(ends, verdict.is === 'outcome' ? { is: 'outcome', outcome: verdict.outcome } : { is: 'back', id }),
  };
}

type Passed = { is: 'lease_lost' } | { is: 'written'; commits: ReadonlyMap<string, Committed> };

function refusalOf(passed: Passed, id: string): Failure | null {
  if (passed.is === 'lease_lost') return new Failure('lease_lost');
  const one = passed.commits.get(id);
  if (!one) return new Failure('wrong_state', 'It may not go out any more.');
  return one.is === 'over' ? new OverLimit(one) : null;
}

/** Outcomes first: whoever has ended makes room for whoever begins, so no more are `committing` than are sent side by side. */
async function writePage(
  deps: LedgerDeps,
  { account, hold, uses, limits }: Ask,
  page: { ends: readonly End[]; commits: readonly Commit[] },
): Promise<Passed> {
  const back = page.ends.flatMap((end) => (end.is === 'back' ? [end.id] : []));
  const known = page.ends.flatMap((end) => (end.is === 'outcome' ? [end.outcome] : []));
  const outcomes = await stillTrue(deps.db, { account, hold, hostId: deps.hostId }, known);
  const { id: accountId, workspaceId } = account;
  if (back.length > 0) await inWorkspace(deps.db, workspaceId, (trx) => unclaim(trx, back));
  const given = outcomes.filter(givesBack);
  if (given.length > 0)
    await inWorkspace(deps.db, workspaceId, (trx) => settleDeliveries(trx, { workspaceId, accountId, outcomes: given, now: deps.clock.now() }));
  const now = deps.clock.now();
  // Read on the monotonic clock right before the act; the statement asks the database the same.
  const isOurs = hold.remainingMs() >= marginSeconds * 1000;
  const lease = { hostId: deps.hostId, fence: hold.fence, marginSeconds };
  const commits = await writeLedger(deps.db, {
    workspaceId,
    accountId,
    outcomes: outcomes.filter((one) => !givesBack(one)),
    commits: isOurs ? page.commits : [],
    lease,
    limits,
    now,
  });
  uses.commit(idsThatGo(commits), now);
  if (page.ends.length > 0) deps.tell();
  return isOurs ? { is: 'written', commits } : { is: 'lease_lost' };
}

const idsThatGo = (commits: ReadonlyMap<string, Committed>) => [...commits].flatMap(([id, { is }]) => (is === 'go' ? [id] : []));
