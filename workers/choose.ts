import { zoneOfPhone } from '#core/address.ts';
import { OwnPace } from '#core/api/fields.ts';
import { WorkspaceSettings } from '#core/api/workspace.ts';
import { createPace, type Pace, PaceSettings } from '#core/pace.ts';
import { platformRulesOf } from '#core/platform-rules.ts';
import { Ceilings, ceilingKindOf, ceilingsOf, decide, defaultQuietHours, type Limit, limitsOf, type PolicyAnswer } from '#core/policy.ts';
import type { Clock } from '#sql/clock.ts';
import type { Trx } from '#sql/database.ts';
import { type Candidate, claim, dueDeliveries, type LaneAccount, postpone } from '#sql/lane.ts';
import { skipRuledOut } from '#sql/tried-before.ts';
import { accountUses, newestEnds } from '#sql/uses.ts';
import { setBack } from '#sql/warm-up.ts';
import { createUses, type Uses } from './uses.ts';

/** The rules that bind one account: its own over the workspace's over the defaults. */
export type LaneRules = { ceilings: Ceilings; settings: WorkspaceSettings; pace: Pace; paceSettings: PaceSettings; zone: string };

export type RuledAccount = Pick<LaneAccount, 'id' | 'channel' | 'workspaceSettings' | 'pace' | 'ceilings' | 'workspaceZone'> & {
  platformLimit?: string | null;
};

export function rulesOf(account: RuledAccount): LaneRules {
  const kind = ceilingKindOf(account.channel);
  const settings = WorkspaceSettings.parse(account.workspaceSettings);
  const ceilings = { ...tierOf(account.platformLimit), ...ceilingsOf(kind, settings.ceilings, Ceilings.parse(account.ceilings)) };
  const paceSettings = PaceSettings.parse({ ...(kind === 'web' ? {} : noGap), ...settings.pace, ...OwnPace.parse(account.pace) });
  return { ceilings, settings, paceSettings, pace: createPace({ seed: account.id, settings: paceSettings }), zone: account.workspaceZone };
}

/** What the platform last said of a portfolio: `TIER_250`, `TIER_2K` …; without a word, nothing is held back by it. */
function tierOf(limit: string | null | undefined): Ceilings {
  const [, number, thousands] = /^TIER_(\d+)(K?)$/.exec(limit ?? '') ?? [];
  return number ? { peoplePerPortfolioPerDay: Number(number) * (thousands ? 1000 : 1) } : {};
}

/** Nobody types a mail, or what goes to an API: between those only the ceilings count. */
const noGap = { mode: 'instant' } as const;

export type Choice = { claimed: Candidate[]; laneWait: { reason: string; until: Date } | null };
/** More than can go out, so that one recipient who has to wait does not hold up those behind. */
const lookAhead = 50;
/** A restriction whose end nobody knows is looked at again after this long. */
const restrictionMs = 600_000;
/** When more than half of so many newest messages of a profile came to nothing, its campaigns rest for an hour after the newest one. */
const failing = { ends: 20, share: 0.5, restMs: 3_600_000 } as const;

/** What holds one slice back: what the account has used, what it may use, and what its last messages came to. */
export type Standing = { uses: Uses; limits: readonly Limit[]; restrictedUntil: Date | null; failingUntil: Date | null };
type ChooseAsk = { account: LaneAccount; rules: LaneRules; standing: Standing; fence: number; most: number; clock: Clock };

export async function readStanding(trx: Trx, { account, rules, now }: { account: LaneAccount; rules: LaneRules; now: Date }): Promise<Standing> {
  const known = await accountUses(trx, { accountId: account.id, proxyId: account.proxyId, now, limits: numbersOf(rules.ceilings) });
  const ends = ceilingKindOf(account.channel) !== 'web' ? null : await newestEnds(trx, { accountId: account.id, most: failing.ends });
  const isFailing = ends !== null && ends.ended >= failing.ends && ends.failed > ends.ended * failing.share;
  const isNews = isFailing && (account.setBackAt === null || (ends.newestAt ?? account.setBackAt) > account.setBackAt);
  const setback = { workspaceId: account.workspaceId, accountId: account.id, why: 'too_many_failed', now } as const;
  const from = rules.ceilings.warmUp && isNews ? await setBack(trx, setback) : null;
  return {
    uses: createUses(known),
    limits: limitsOf(rules.ceilings, { firstAt: from ?? account.warmUpFrom ?? known.firstAt, now }),
    restrictedUntil: account.restrictedUntil ?? (account.isRestricted ? new Date(now.getTime() + restrictionMs) : null),
    failingUntil: isFailing && ends.newestAt ? new Date(ends.newestAt.getTime() + failing.restMs) : null,
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
  for (const candidate of due.filter((one) => !ruledOut.has(one.id))) {
    if (go.length === ask.most) break;
    // Decided when the mail before it has ended: only then is it known whether that one counts.
    if (uses.isUnderWay(candidate)) continue;
    const answer = mayGo(candidate, ask, now);
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

/** The pace looks at the newest use, whatever is limited. */
const numbersOf = ({ warmUp: _, ...numbers }: Ceilings): number[] => [1, ...Object.values(numbers).flatMap((limit) => limit ?? [])];

function mayGo(candidate: Candidate, { rules, standing }: Pick<ChooseAsk, 'rules' | 'standing'>, now: Date): PolicyAnswer {
  const { uses, limits, restrictedUntil, failingUntil } = standing;
  const zone = candidate.contactZone ?? (candidate.addressKind === 'phone' ? zoneOfPhone(candidate.address) : null) ?? rules.zone;
  return decide({
    now,
    isReply: candidate.priority === 0,
    isNewContact: candidate.isNewContact,
    limits,
    quietHours: rules.settings.quietHours === undefined ? defaultQuietHours : rules.settings.quietHours,
    recipientZone: zone,
    // Only the commit knows what other accounts of the portfolio, and this one to this person, have used.
    uses: { ...uses.times, recipient: candidate.recipientUses, pair: [], portfolio: [] },
    gap: { ms: rules.pace.betweenSends(uses.count()), isBreak: rules.pace.isBreakAfter(uses.count()) },
    restrictedUntil,
    failingUntil,
  });
}
