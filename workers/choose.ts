import { failing, failingUntil, isFailing, type LaneRules, mayGo, numbersOf, restrictedUntil, zoneOf } from '#core/lane-rules.ts';
import { platformRulesOf } from '#core/platform-rules.ts';
import { ceilingKindOf, type Limit, limitsOf, type PolicyAnswer } from '#core/policy.ts';
import type { Clock } from '#sql/clock.ts';
import type { Trx } from '#sql/database.ts';
import { type Candidate, claim, dueDeliveries, type LaneAccount, postpone } from '#sql/lane.ts';
import { beginOrHold } from '#sql/late-start.ts';
import { skipRuledOut } from '#sql/tried-before.ts';
import { accountUses, newestEnds } from '#sql/uses.ts';
import { setBack } from '#sql/warm-up.ts';
import { createUses, type Uses } from './uses.ts';

export type Choice = { claimed: Candidate[]; laneWait: { reason: string; until: Date } | null };
/** More than can go out, so that one recipient who has to wait does not hold up those behind. */
const lookAhead = 50;
/** What holds one slice back: what the account has used, what it may use, and what its last messages came to. */
export type Standing = { uses: Uses; limits: readonly Limit[]; restrictedUntil: Date | null; failingUntil: Date | null };
type ChooseAsk = { account: LaneAccount; rules: LaneRules; standing: Standing; fence: number; most: number; clock: Clock };

export async function readStanding(trx: Trx, { account, rules, now }: { account: LaneAccount; rules: LaneRules; now: Date }): Promise<Standing> {
  const known = await accountUses(trx, { accountId: account.id, proxyId: account.proxyId, now, limits: numbersOf(rules.ceilings) });
  const ends = ceilingKindOf(account.channel) !== 'web' ? null : await newestEnds(trx, { accountId: account.id, most: failing.ends });
  const isNews = isFailing(ends) && (account.setBackAt === null || (ends.newestAt ?? account.setBackAt) > account.setBackAt);
  const setback = { workspaceId: account.workspaceId, accountId: account.id, why: 'too_many_failed', now } as const;
  const from = rules.ceilings.warmUp && isNews ? await setBack(trx, setback) : null;
  return {
    uses: createUses(known),
    limits: limitsOf(rules.ceilings, { firstAt: from ?? account.warmUpFrom ?? known.firstAt, now }),
    restrictedUntil: restrictedUntil(account, now),
    failingUntil: failingUntil(ends),
  };
}

/** Claims what may go out now, at most `most`, books it in `uses`, and puts off what may not, each with its reason. */
export async function choose(trx: Trx, ask: ChooseAsk): Promise<Choice> {
  const { uses } = ask.standing;
  const due = await dueDeliveries(trx, {
    accountId: ask.account.id,
    now: ask.clock.now(),
    limit: Math.max(lookAhead, ask.most),
    asksWhenHeard: platformRulesOf(ask.account.channel) !== null,
  });
  // Read after the question: what was committed meanwhile is already booked, and must not lie in the future.
  const now = ask.clock.now();
  const waits: { id: string; reason: string; until: Date }[] = [];
  const go: Candidate[] = [];
  let laneWait: Choice['laneWait'] = null;
  const tried = due.filter((one) => one.attempt > 0);
  const ruledOut = await skipRuledOut(trx, { workspaceId: ask.account.workspaceId, accountId: ask.account.id, tried, now });
  const late = await beginOrHold(trx, { workspaceId: ask.account.workspaceId, planned: due, now });
  for (const candidate of due.filter((one) => !ruledOut.has(one.id) && !late.has(one.campaignId ?? ''))) {
    if (go.length === ask.most) break;
    // Decided when the mail before it has ended: only then is it known whether that one counts.
    if (uses.isUnderWay(candidate)) continue;
    const answer = answerFor(candidate, ask, now);
    if (answer.is === 'go') {
      go.push(candidate);
      uses.book(candidate, now);
    } else if (answer.holdsLane) {
      // The lane is full: those behind wait in line for the same reason, which is written once, at the account.
      laneWait = { reason: answer.reason, until: answer.until };
      break;
    } else {
      waits.push({ id: candidate.id, reason: answer.reason, until: answer.until });
    }
  }
  await postpone(trx, waits);
  if (go.length === 0) return { claimed: go, laneWait };
  const taken = await claim(trx, { ids: go.map((one) => one.id), fence: ask.fence, now });
  uses.settle(go.filter((one) => !taken.has(one.id)).map((one) => one.id));
  return { claimed: go.filter((one) => taken.has(one.id)), laneWait };
}

function answerFor(candidate: Candidate, { rules, standing }: Pick<ChooseAsk, 'rules' | 'standing'>, now: Date): PolicyAnswer {
  const { uses, ...rest } = standing;
  // Only the commit knows what other accounts of the portfolio, and this one to this person, have used.
  const times = { ...uses.times, recipient: candidate.recipientUses, pair: [], portfolio: [] };
  const who = { isReply: candidate.priority === 0, isNewContact: candidate.isNewContact, zone: zoneOf(rules, candidate) };
  return mayGo(rules, { ...rest, now, uses: times, count: uses.count() }, who);
}
