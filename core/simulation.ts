import type { WaitReason } from './delivery.ts';
import { type LaneMoment, type LaneRules, mayGo } from './lane-rules.ts';
import { type Limit, limitsOf } from './policy.ts';

/** A message that stands in a lane. Those that `alikeOf` puts together differ in nothing that policy asks. */
export type SimulatedSend = {
  /** Of the campaign that is simulated, and not of what else the lane has to send. */
  isOurs: boolean;
  dueAt: Date;
  zone: string;
  isReply: boolean;
  isNewContact: boolean;
  /** Times of the person's uses in the last 24 hours, oldest first. */
  recipientUses: readonly Date[];
  /** Whether it counts for the portfolio: somebody outside their window. */
  isReach: boolean;
};
export type SimulatedLane = {
  accountId: string;
  rules: LaneRules;
  /** Times of uses as they stand, oldest first. */
  uses: { account: readonly Date[]; cold: readonly Date[]; warm: readonly Date[]; portfolio: readonly Date[] };
  proxy: { id: string; uses: readonly Date[] } | null;
  portfolioId: string | null;
  count: number;
  /** From when its warm-up counts; null: from its first use, which is to come. */
  firstAt: Date | null;
  restrictedUntil: Date | null;
  failingUntil: Date | null;
  /** Until when it sends nothing at all. */
  restsUntil: Date | null;
  /** Why it will not send before a person has done something. */
  held: WaitReason | null;
  /** What one send takes: from its choice to the commit, and from there to its proof. */
  beforeCommitMs: number;
  afterCommitMs: number;
  /** In the order of the lane. */
  sends: readonly SimulatedSend[];
};

/** One send as it was drawn. */
export type Drawn = { accountId: string; send: SimulatedSend; at: number };
export type LaneWaits = { accountId: string; reason: WaitReason; ms: number };
export type Simulation = {
  drawn: Drawn[];
  /** How long lanes waited for what, while they had something to send. */
  waits: LaneWaits[];
  /** Of ours: what does not go before the horizon, or before a person has done something, and why. */
  left: { accountId: string; reason: WaitReason; count: number }[];
};

/** Nobody plans further: what takes longer is told as such. */
const horizonMs = 366 * 86_400_000;

/**
 * Draws a whole run before it starts, or what is left of one: lane by lane the same question that the real lane asks before each send, on a
 * clock that jumps from one send to the next. Yields now and then, so that whoever draws a long one can let others work.
 */
export function* simulate(lanes: readonly SimulatedLane[], now: Date): Generator<void, Simulation> {
  // What several lanes use is one list, begun by the first of them.
  const shared = new Map<string, Date[]>();
  const sharedUses = (key: string, uses: readonly Date[]) => {
    const known = shared.get(key) ?? [...uses];
    shared.set(key, known);
    return known;
  };
  const open = lanes.map((lane) =>
    openLane(lane, {
      now,
      proxy: lane.proxy ? sharedUses(`proxy ${lane.proxy.id}`, lane.proxy.uses) : [],
      portfolio: lane.portfolioId ? sharedUses(`portfolio ${lane.portfolioId}`, lane.uses.portfolio) : [],
    }),
  );
  const horizon = now.getTime() + horizonMs;
  const drawn: Drawn[] = [];
  let steps = 0;
  for (;;) {
    const lane = open.reduce<OpenLane | null>((soonest, one) => (one.at < (soonest?.at ?? Number.POSITIVE_INFINITY) ? one : soonest), null);
    if (!lane || lane.at > horizon) break;
    const send = lane.take();
    if (send) drawn.push(send);
    steps += 1;
    if (steps % 1000 === 0) yield;
  }
  return { drawn, waits: open.flatMap((lane) => lane.waits()), left: open.flatMap((lane) => lane.left()) };
}

type OpenLane = {
  /** When it next has something to do; never, once nothing is left that goes by itself. */
  at: number;
  /** Sends the next one, or learns until when it waits. */
  take(): Drawn | null;
  waits(): LaneWaits[];
  left(): Simulation['left'];
};
/** Messages that policy treats alike, in the order of the lane: if the first has to wait, so have the others. */
type Alike = { sends: { send: SimulatedSend; place: number }[]; next: number; dueAt: number; reason: WaitReason };

type Shared = { now: Date; proxy: Date[]; portfolio: Date[] };

function openLane(lane: SimulatedLane, { now, ...shared }: Shared): OpenLane {
  const { rules, accountId } = lane;
  const book = openBook(lane, shared);
  const kinds = alikeOf(lane.sends, { now, perPerson: rules.ceilings.perRecipientPerDay });
  const waited = new Map<WaitReason, number>();
  const rest = (reason: WaitReason, until: number) => {
    waited.set(reason, (waited.get(reason) ?? 0) + until - self.at);
    self.at = until;
  };
  const self: OpenLane = {
    at: lane.held || kinds.length === 0 ? never : Math.max(now.getTime(), lane.restsUntil?.getTime() ?? 0),
    take() {
      const head = firstOf(kinds, self.at);
      if (!head) self.at = never;
      else if (head.dueAt > self.at) rest(head.reason, head.dueAt);
      else {
        const { send } = itemOf(head);
        const answer = mayGo(rules, book.moment(send, self.at), send);
        if (answer.is === 'go') {
          const commit = self.at + lane.beforeCommitMs;
          advance(head);
          book.add(send, new Date(commit));
          self.at = commit + lane.afterCommitMs;
          return { accountId, send, at: self.at };
        }
        if (answer.holdsLane) rest(answer.reason, answer.until.getTime());
        else Object.assign(head, { dueAt: letsNobodyOut(rules, send) ? never : answer.until.getTime(), reason: answer.reason });
      }
      return null;
    },
    waits: () => [...waited].map(([reason, ms]) => ({ accountId, reason, ms })),
    left: () => leftOf(kinds, lane),
  };
  return self;
}

const never = Number.POSITIVE_INFINITY;
/** The real lane asks again each hour, in case somebody changes the ceiling. */
const letsNobodyOut = ({ ceilings }: LaneRules, { isNewContact }: SimulatedSend): boolean =>
  isNewContact && (ceilings.newContactsPerHour === 0 || ceilings.newContactsPerDay === 0);

/** What an account has used, as it grows with each send that is drawn. */
function openBook(lane: SimulatedLane, { proxy, portfolio }: Omit<Shared, 'now'>) {
  const account = [...lane.uses.account];
  const [cold, warm] = [[...lane.uses.cold], [...lane.uses.warm]];
  const { restrictedUntil, failingUntil } = lane;
  let { count, firstAt } = lane;
  let limits: { list: readonly Limit[]; day: number } = { list: [], day: -1 };
  const limitsAt = (at: number): readonly Limit[] => {
    // The warm-up climbs by the day of the first use.
    const day = firstAt ? Math.floor((at - firstAt.getTime()) / 86_400_000) : -2;
    if (day !== limits.day) limits = { list: limitsOf(lane.rules.ceilings, { firstAt, now: new Date(at) }), day };
    return limits.list;
  };
  return {
    moment(send: SimulatedSend, at: number): LaneMoment {
      const uses = { account, cold, warm, proxy, pair: [], portfolio: send.isReach ? portfolio : [], recipient: send.recipientUses };
      return { now: new Date(at), count, limits: limitsAt(at), restrictedUntil, failingUntil, uses };
    },
    add(send: SimulatedSend, commit: Date): void {
      account.push(commit);
      if (!send.isReply) (send.isNewContact ? cold : warm).push(commit);
      if (lane.proxy) proxy.push(commit);
      if (lane.portfolioId && send.isReach) portfolio.push(commit);
      count += 1;
      firstAt ??= commit;
    },
  };
}

function leftOf(kinds: readonly Alike[], { accountId, held }: SimulatedLane): Simulation['left'] {
  const reasons = new Map<WaitReason, number>();
  for (const one of kinds) {
    const ours = one.sends.slice(one.next).filter(({ send }) => send.isOurs).length;
    const why = held ?? one.reason;
    if (ours > 0) reasons.set(why, (reasons.get(why) ?? 0) + ours);
  }
  return [...reasons].map(([reason, count]) => ({ accountId, reason, count }));
}

// Callers ask only for a group that has one left.
const itemOf = (one: Alike) => one.sends[one.next] as Alike['sends'][number];

/** The next one of a group is due when it was planned for, but not before what holds back its like. */
function advance(one: Alike): void {
  one.next += 1;
  const next = one.sends[one.next];
  if (next && next.send.dueAt.getTime() > one.dueAt) Object.assign(one, { dueAt: next.send.dueAt.getTime(), reason: 'scheduled' });
}

/** Of what is due replies first, then in the order of the plan, as the lane reads them. */
function firstOf(kinds: readonly Alike[], at: number): Alike | null {
  let best: Alike | null = null;
  for (const one of kinds) if (one.next < one.sends.length && (!best || comesBefore(one, best, at))) best = one;
  return best;
}

function comesBefore(one: Alike, other: Alike, at: number): boolean {
  const [a, b] = [itemOf(one), itemOf(other)];
  if (one.dueAt <= at && other.dueAt <= at && a.send.isReply !== b.send.isReply) return a.send.isReply;
  return one.dueAt === other.dueAt ? a.place < b.place : one.dueAt < other.dueAt;
}

function alikeOf(sends: readonly SimulatedSend[], { now, perPerson }: { now: Date; perPerson: number | undefined }): Alike[] {
  const kinds = new Map<string, Alike>();
  for (const [place, send] of sends.entries()) {
    // Who has had enough for today is alike with those who are free again in the same minute.
    const full = perPerson === undefined || send.isReply ? undefined : send.recipientUses[send.recipientUses.length - perPerson];
    const minute = full ? Math.ceil(full.getTime() / 60_000) : '';
    const key = `${send.isReply} ${send.isNewContact} ${send.isReach} ${send.zone} ${minute}`;
    const known = kinds.get(key);
    if (known) known.sends.push({ send, place });
    else {
      const due = send.dueAt.getTime();
      kinds.set(key, {
        sends: [{ send, place }],
        next: 0,
        dueAt: Math.max(due, now.getTime()),
        reason: due > now.getTime() ? 'scheduled' : 'in_line',
      });
    }
  }
  return [...kinds.values()];
}
