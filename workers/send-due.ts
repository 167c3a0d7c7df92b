import { inWorkspace } from '#sql/database.ts';
import { type Candidate, restrictAccount, unclaim } from '#sql/lane.ts';
import { finishIfDone } from '#sql/plan.ts';
import type { Verdict } from './after-failure.ts';
import { choose, readStanding, type Standing } from './choose.ts';
import { followUp } from './follow-up.ts';
import type { Slice, Wait } from './lane.ts';
import { createLedger } from './ledger.ts';
import { sendOne } from './send-one.ts';

/** A slice of mail ends after this long, so that other lanes and a pause get their turn; a web slice is one send. */
const sliceMs = 5000;
/** Claimed at once, as a multiple of what is sent side by side: choosing costs as much for one as for many. A reply waits for no more than these. */
const roundsAhead = 5;
/** Turns, as a multiple of what is sent side by side: while one half is with the mail server, the other is made ready and waits at its commit. */
const turnsPerSend = 2;

/** Sends as many side by side as the channel does, each as soon as one before it has ended. */
export async function sendDue(slice: Slice): Promise<Wait | null> {
  const { deps, account, ref, rules, hold, signal } = slice;
  const now = deps.clock.now();
  const standing = await inWorkspace(deps.db, account.workspaceId, (trx) => readStanding(trx, { account, rules, now }));
  const { uses, limits } = standing;
  const line = createLine(slice, standing, performance.now() + sliceMs);
  const { parallel } = slice.capabilities;
  const ledger = createLedger(deps, { account: ref, hold, uses, limits, most: parallel });
  const campaigns = new Set<string>();
  let wait: Wait | null = null;
  const settle = async (one: Candidate, verdict: Verdict) => {
    await ledger.settle(one.id, verdict);
    await followVerdict(slice, one, verdict);
    const until = restrictionIn(verdict);
    if (until)
      await inWorkspace(deps.db, account.workspaceId, (trx) =>
        restrictAccount(trx, { workspaceId: account.workspaceId, accountId: account.id, until }),
      );
    // What was booked and then not sent is free again: whether the lane is full has to be asked afresh.
    if (uses.settle([one.id]) > 0) line.reopen();
  };
  const takeTurns = async () => {
    let settled = Promise.resolve();
    try {
      while (!signal.aborted && !wait) {
        const one = await line.next();
        if (!one) break;
        if (one.campaignId) campaigns.add(one.campaignId);
        const verdict = await sendOne(deps, one, { account: ref, capabilities: slice.capabilities, ledger, signal });
        wait ??= waitOf(verdict);
        await settled;
        // Not waited for: it is written together with the next commit of this turn, and before it.
        settled = settle(one, verdict);
        settled.catch(() => undefined);
        // What rests from now on holds back the next one.
        if (verdict.is === 'outcome' && verdict.pauses) await settled;
        if (isOneByOne(slice)) break;
      }
    } finally {
      await settled;
    }
  };
  // The lease has to last until all have ended, also when one of them fails.
  const ends = await Promise.allSettled(Array.from({ length: parallel === 1 ? 1 : parallel * turnsPerSend }, takeTurns));
  await line.settled();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  await inWorkspace(deps.db, account.workspaceId, async (trx) => {
    await unclaim(trx, line.rest());
    for (const id of campaigns) await finishIfDone(trx, id, account.workspaceId);
  });
  return wait ?? line.wait();
}

async function followVerdict({ deps, account }: Slice, one: Candidate, verdict: Verdict): Promise<void> {
  if (verdict.is !== 'outcome') return;
  const { pauses, suppresses, tells, laneWait } = verdict;
  if (!(pauses || suppresses || tells || laneWait?.reason === 'platform')) return;
  const { reason, error } = 'error' in verdict.outcome ? verdict.outcome : { reason: '', error: '' };
  const { id: accountId, workspaceId } = account;
  const of = { workspaceId, accountId, campaignId: one.campaignId, contactId: one.contactId, reason, error, now: deps.clock.now() };
  await inWorkspace(deps.db, workspaceId, (trx) => followUp(trx, verdict, of));
}

const waitOf = (verdict: Verdict): Wait | null =>
  verdict.is === 'lane_waits' ? { reason: verdict.reason, until: verdict.until } : (verdict.laneWait ?? null);
const restrictionIn = (verdict: Verdict): Date | null =>
  verdict.is === 'outcome' && verdict.outcome.is === 'waits' && verdict.outcome.reason === 'restricted' ? verdict.outcome.until : null;
const isOneByOne = ({ capabilities }: Slice): boolean => capabilities.parallel === 1 && !capabilities.isSteady;

type Line = {
  /** The next delivery; null when nothing may go out, or the slice is over. */
  next(): Promise<Candidate | null>;
  reopen(): void;
  wait(): Wait | null;
  /** Resolves once nothing is being claimed any more. */
  settled(): Promise<void>;
  /** Claimed and not handed out. */
  rest(): string[];
};

/** What the slice has claimed ahead. It is filled by one at a time: each choice has to see what the one before has claimed and used. */
function createLine(slice: Slice, standing: Standing, endsAt: number): Line {
  const { deps, account, rules, hold } = slice;
  const { parallel } = slice.capabilities;
  const claimed: Candidate[] = [];
  let wait: Wait | null = null;
  let isDry = false;
  let filling: Promise<void> | undefined;
  const fill = async () => {
    const most = isOneByOne(slice) ? 1 : parallel * roundsAhead;
    const choice = await inWorkspace(deps.db, account.workspaceId, (trx) =>
      choose(trx, { account, rules, standing, fence: hold.fence, most, clock: deps.clock }),
    );
    claimed.push(...choice.claimed);
    wait = choice.laneWait;
    isDry = choice.claimed.length === 0;
  };
  const mayFill = () => !wait && !isDry && performance.now() < endsAt;
  const filled = () => {
    if (!filling && mayFill()) {
      filling = fill().finally(() => {
        filling = undefined;
      });
    }
    return filling ?? Promise.resolve();
  };
  return {
    async next() {
      // Filled again before it is empty, so that nobody stands idle meanwhile; who finds it empty learns of the failure.
      if (claimed.length > 0 && claimed.length <= parallel * turnsPerSend && !isOneByOne(slice)) filled().catch(() => undefined);
      while (claimed.length === 0 && (filling || mayFill())) await filled();
      return claimed.shift() ?? null;
    },
    reopen: () => {
      wait = null;
      isDry = false;
    },
    wait: () => wait,
    settled: async () => {
      await filling?.catch(() => undefined);
    },
    rest: () => claimed.map((one) => one.id),
  };
}
