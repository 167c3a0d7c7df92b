import { inWorkspace } from '#sql/database.ts';
import { type Candidate, unclaim } from '#sql/lane.ts';
import { finishIfDone } from '#sql/plan.ts';
import { choose, readUses } from './choose.ts';
import type { Slice, Wait } from './lane.ts';
import { sendGroup } from './send-group.ts';
import type { Uses } from './uses.ts';

/** A slice of mail ends after this long, so that other lanes and a pause get their turn; a web slice is one send. */
const sliceMs = 5000;
/** Groups that are claimed at once: choosing costs as much for one as for ten. A reply waits for no more than these. */
const groupsAhead = 10;

/** Sends in groups: half of what the channel does side by side, two groups under way, so that one is proven while the next is typed. */
export async function sendDue(slice: Slice): Promise<Wait | null> {
  const { deps, account, ref, rules, hold, signal } = slice;
  const now = deps.clock.now();
  const uses = await inWorkspace(deps.db, account.workspaceId, (trx) => readUses(trx, { accountId: account.id, rules, now }));
  const endsAt = performance.now() + sliceMs;
  const line = createLine(slice, uses, endsAt);
  const campaigns = new Set<string>();
  let wait: Wait | null = null;
  let underWay = 0;
  const takeTurns = async () => {
    while (!signal.aborted && !wait) {
      const group = await line.next();
      if (group.length === 0) return;
      underWay += 1;
      const mayBeLast = () => line.isEmpty() && underWay === 1;
      const result = await sendGroup(deps, { account: ref, hold, group, uses, mayBeLast, signal }).finally(() => {
        underWay -= 1;
      });
      for (const id of result.campaigns) campaigns.add(id);
      // What was booked and then not sent is free again: whether the lane is full has to be asked afresh.
      if (uses.settle(group.map((one) => one.id)) > 0) line.reopen();
      wait ??= result.laneWait;
      if (isOneByOne(slice)) return;
    }
  };
  // The lease has to last until both have ended, also when one of them fails.
  const turns = await Promise.allSettled(isOneByOne(slice) ? [takeTurns()] : [takeTurns(), takeTurns()]);
  for (const turn of turns) if (turn.status === 'rejected') throw turn.reason;
  await inWorkspace(deps.db, account.workspaceId, async (trx) => {
    await unclaim(trx, line.rest());
    // Two groups that end at once do not see each other's end; here both have.
    for (const id of campaigns) await finishIfDone(trx, id, account.workspaceId);
  });
  return wait ?? line.wait();
}

const parallelOf = ({ deps, ref }: Slice): number => deps.channel.capabilities(ref).parallel;
const isOneByOne = (slice: Slice): boolean => parallelOf(slice) === 1;

type Line = {
  /** The next group; empty when nothing may go out, or the slice is over. */
  next(): Promise<Candidate[]>;
  isEmpty(): boolean;
  reopen(): void;
  wait(): Wait | null;
  /** Claimed and not handed out. */
  rest(): string[];
};

/** What the slice has claimed ahead. Two groups must not choose at once: each has to see what the other has claimed and used. */
function createLine(slice: Slice, uses: Uses, endsAt: number): Line {
  const { deps, account, rules, hold } = slice;
  const claimed: Candidate[] = [];
  let wait: Wait | null = null;
  let choosing: Promise<unknown> = Promise.resolve();
  const groupSize = () => Math.max(1, Math.floor(parallelOf(slice) / 2));
  const fill = async () => {
    if (claimed.length > 0 || wait || performance.now() > endsAt) return;
    const most = isOneByOne(slice) ? 1 : groupSize() * groupsAhead;
    const choice = await inWorkspace(deps.db, account.workspaceId, (trx) =>
      choose(trx, { account, rules, uses, fence: hold.fence, most, clock: deps.clock }),
    );
    claimed.push(...choice.claimed);
    wait = choice.laneWait;
  };
  return {
    next() {
      const group = choosing.then(fill).then(() => claimed.splice(0, groupSize()));
      choosing = group.catch(() => undefined);
      return group;
    },
    isEmpty: () => claimed.length === 0,
    reopen: () => {
      wait = null;
    },
    wait: () => wait,
    rest: () => claimed.map((one) => one.id),
  };
}
