import type { AccountRef } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { type Commit, type Outcome, writeLedger } from '#sql/deliveries.ts';
import { unclaim } from '#sql/lane.ts';
import type { Verdict } from './after-failure.ts';
import type { Hold } from './holds.ts';
import type { Uses } from './uses.ts';

export type LedgerDeps = { db: Db; hostId: string; clock: Clock; tell: () => void };
/** `enough`: how many entries are worth a transaction at once, so that nobody waits for those who have just begun. */
type Ask = { account: AccountRef; hold: Hold; uses: Uses; enough: () => number };

/** Where the sends of one slice write what they are about to do and what came of it. What arrives together is written together. */
export type Ledger = {
  /** Resolves once the delivery is durably `committing`. Throws `wrong_state` when it may not go out any more, `lease_lost` when it is not ours. */
  commit(commit: Commit): Promise<void>;
  /** Resolves once it is written what came of a delivery, or once it is planned again because the lane waits. */
  settle(id: string, verdict: Verdict): Promise<void>;
};

type Item = { is: 'commit'; commit: Commit } | { is: 'outcome'; outcome: Outcome } | { is: 'back'; id: string };
type Entry = Item & { done: () => void; failed: (error: unknown) => void };

/** The lease must outlive the act between the commit and its proof: typing is over by then, so 15 s is long. */
const marginSeconds = 15;
/** For how long an entry waits for others: little beside what a mail server takes, and ten mails together cost what two cost apart. */
const patienceMs = 5;

export function createLedger(deps: LedgerDeps, ask: Ask): Ledger {
  let waiting: Entry[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isWriting = false;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (isWriting || waiting.length === 0) return;
    const entries = waiting;
    waiting = [];
    isWriting = true;
    write(deps, ask, entries)
      .then(
        (refused) => {
          for (const entry of entries) refused.has(entry) ? entry.failed(refused.get(entry)) : entry.done();
        },
        (error: unknown) => {
          for (const entry of entries) entry.failed(error);
        },
      )
      .finally(() => {
        isWriting = false;
        consider();
      });
  };
  const consider = () => {
    if (waiting.length >= ask.enough()) flush();
    else if (waiting.length > 0) timer ??= setTimeout(flush, patienceMs);
  };
  const enter = (item: Item) =>
    new Promise<void>((done, failed) => {
      waiting.push({ ...item, done, failed });
      consider();
    });
  return {
    commit: (commit) => enter({ is: 'commit', commit }),
    settle: (id, verdict) => enter(verdict.is === 'outcome' ? { is: 'outcome', outcome: verdict.outcome } : { is: 'back', id }),
  };
}

/** Outcomes first: whoever has ended makes room for whoever begins, so no more are `committing` than are sent side by side. */
async function write(deps: LedgerDeps, { account, hold, uses }: Ask, entries: readonly Entry[]): Promise<Map<Entry, Failure>> {
  const now = deps.clock.now();
  const back = entries.flatMap((entry) => (entry.is === 'back' ? [entry.id] : []));
  const outcomes = entries.flatMap((entry) => (entry.is === 'outcome' ? [entry.outcome] : []));
  const asked = entries.flatMap((entry) => (entry.is === 'commit' ? [entry.commit] : []));
  // Read on the monotonic clock right before the act; the statement asks the database the same.
  const isOurs = hold.remainingMs() >= marginSeconds * 1000;
  const commits = isOurs ? asked : [];
  const { id: accountId, workspaceId } = account;
  if (back.length > 0) await inWorkspace(deps.db, workspaceId, (trx) => unclaim(trx, back));
  const lease = { hostId: deps.hostId, fence: hold.fence, marginSeconds };
  const passed = await writeLedger(deps.db, { workspaceId, accountId, outcomes, commits, lease, now });
  uses.commit(passed, now);
  if (outcomes.length + back.length > 0) deps.tell();
  const refusal = () => (isOurs ? new Failure('wrong_state', 'It may not go out any more.') : new Failure('lease_lost'));
  return new Map(entries.flatMap((entry) => (entry.is === 'commit' && !passed.has(entry.commit.id) ? [[entry, refusal()] as const] : [])));
}
