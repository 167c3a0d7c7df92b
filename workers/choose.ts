import { zoneOfPhone } from '#core/address.ts';
import { WorkspaceSettings } from '#core/api/workspace.ts';
import { createPace, type Pace, PaceSettings } from '#core/pace.ts';
import { Ceilings, decide, defaultCeilings, defaultQuietHours, type PolicyAnswer } from '#core/policy.ts';
import type { Clock } from '#sql/clock.ts';
import type { Trx } from '#sql/database.ts';
import { accountUses, type Candidate, claim, dueDeliveries, type LaneAccount, postpone } from '#sql/lane.ts';
import { createUses, type Uses } from './uses.ts';

/** The rules that bind one account: its own over the workspace's over the defaults. */
export type LaneRules = { ceilings: Ceilings; settings: WorkspaceSettings; pace: Pace; paceSettings: PaceSettings; zone: string };

export type RuledAccount = Pick<LaneAccount, 'id' | 'channel' | 'workspaceSettings' | 'pace' | 'ceilings' | 'workspaceZone'>;

export function rulesOf(account: RuledAccount): LaneRules {
  const kind = account.channel === 'email' ? 'email' : 'web';
  const settings = WorkspaceSettings.parse(account.workspaceSettings);
  const ceilings = Ceilings.parse({ ...defaultCeilings[kind], ...settings.ceilings?.[kind], ...asObject(account.ceilings) });
  const paceSettings = PaceSettings.parse({ ...(kind === 'email' ? noGap : {}), ...settings.pace, ...asObject(account.pace) });
  return { ceilings, settings, paceSettings, pace: createPace({ seed: account.id, settings: paceSettings }), zone: account.workspaceZone };
}

/** Nobody types a mail: between mails only the ceilings count. */
const noGap = { mode: 'instant' } as const;
const asObject = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});

export type Choice = { claimed: Candidate[]; laneWait: { reason: string; until: Date } | null };
/** More than can go out, so that one recipient who has to wait does not hold up those behind. */
const lookAhead = 50;

type ChooseAsk = { account: LaneAccount; rules: LaneRules; uses: Uses; fence: number; most: number; clock: Clock };

/** What an account has used so far, for one slice. */
export async function readUses(trx: Trx, ask: { accountId: string; rules: LaneRules; now: Date }): Promise<Uses> {
  return createUses(await accountUses(trx, { accountId: ask.accountId, now: ask.now, most: mostUses(ask.rules.ceilings) }));
}

/** Claims what may go out now, at most `most`, books it in `uses`, and puts off what may not, each with its reason. */
export async function choose(trx: Trx, ask: ChooseAsk): Promise<Choice> {
  const { uses } = ask;
  const due = await dueDeliveries(trx, { accountId: ask.account.id, now: ask.clock.now(), limit: Math.max(lookAhead, ask.most) });
  // Read after the question: what was committed meanwhile is already booked, and must not lie in the future.
  const now = ask.clock.now();
  const waits: { id: string; reason: string; until: Date }[] = [];
  const go: Candidate[] = [];
  let laneWait: Choice['laneWait'] = null;
  for (const candidate of due) {
    if (go.length === ask.most) break;
    // Decided when the mail before it has ended: only then is it known whether that one counts.
    if (uses.isUnderWay(candidate)) continue;
    const answer = paceAnswer(candidate, ask.rules, uses.all, now) ?? mayGo(candidate, ask.rules, uses, now);
    if (answer.is === 'go') {
      go.push(candidate);
      uses.book(candidate, now);
    } else if (isOfTheLane(answer.reason)) {
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

const isOfTheLane = (reason: string) => reason === 'account_limit' || reason === 'pace';
const mostUses = (ceilings: Ceilings) =>
  Math.max(1, ...[ceilings.perMinute, ceilings.perHour, ceilings.perDay, ceilings.newContactsPerDay].map((limit) => limit ?? 0), 200);

/** The gap that the pace model leaves between two sends; replies do not wait for it. */
function paceAnswer(candidate: Candidate, rules: LaneRules, uses: readonly Date[], now: Date): PolicyAnswer | null {
  const last = uses.at(-1);
  if (candidate.priority === 0 || !last) return null;
  const until = new Date(last.getTime() + rules.pace.betweenSends(uses.length));
  return until > now ? { is: 'wait', reason: 'pace', until } : null;
}

function mayGo(candidate: Candidate, rules: LaneRules, uses: Uses, now: Date): PolicyAnswer {
  const zone = candidate.contactZone ?? (candidate.addressKind === 'phone' ? zoneOfPhone(candidate.address) : null) ?? rules.zone;
  return decide({
    now,
    isReply: candidate.priority === 0,
    isNewContact: candidate.isNewContact,
    ceilings: rules.ceilings,
    quietHours: rules.settings.quietHours === undefined ? defaultQuietHours : rules.settings.quietHours,
    recipientZone: zone,
    accountUses: uses.all,
    newContactUses: uses.newContacts,
    recipientUses: candidate.recipientUses,
  });
}
