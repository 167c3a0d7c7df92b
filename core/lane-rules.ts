import { zoneOfPhone } from './address.ts';
import { OwnPace } from './api/fields.ts';
import { WorkspaceSettings } from './api/workspace.ts';
import { createPace, type Pace, PaceSettings } from './pace.ts';
import { Ceilings, ceilingKindOf, ceilingsOf, decide, defaultQuietHours, type Limit, type PolicyAnswer, type UseKind } from './policy.ts';

/** The rules that bind one account: its own over the workspace's over the defaults. The lane and the simulation ask the same ones. */
export type LaneRules = { ceilings: Ceilings; settings: WorkspaceSettings; pace: Pace; paceSettings: PaceSettings; zone: string };

export type RuledAccount = {
  id: string;
  channel: string;
  workspaceSettings: unknown;
  workspaceZone: string;
  pace: unknown;
  ceilings: unknown;
  /** What an official platform says that the account's portfolio may send. */
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

/** A restriction whose end nobody knows is looked at again after this long. */
const restrictionMs = 600_000;
/** When more than half of so many newest messages of a profile came to nothing, its campaigns rest for an hour after the newest one. */
export const failing = { ends: 20, share: 0.5, restMs: 3_600_000 } as const;

export type NewestEnds = { ended: number; failed: number; newestAt: Date | null };
export const isFailing = (ends: NewestEnds | null): ends is NewestEnds =>
  ends !== null && ends.ended >= failing.ends && ends.failed > ends.ended * failing.share;

export function failingUntil(ends: NewestEnds | null): Date | null {
  return isFailing(ends) && ends.newestAt ? new Date(ends.newestAt.getTime() + failing.restMs) : null;
}

export function restrictedUntil({ restrictedUntil, isRestricted }: { restrictedUntil: Date | null; isRestricted: boolean }, now: Date): Date | null {
  return restrictedUntil ?? (isRestricted ? new Date(now.getTime() + restrictionMs) : null);
}

/** Whom a message is for, as far as policy asks. */
export type RuledRecipient = { isReply: boolean; isNewContact: boolean; zone: string };
/** What is known of an account at one moment: what it has used, what it may use, and what rests. */
export type LaneMoment = {
  now: Date;
  uses: Readonly<Record<UseKind, readonly Date[]>>;
  /** The number of its newest use: the pace's gaps are drawn by it. */
  count: number;
  limits: readonly Limit[];
  restrictedUntil: Date | null;
  failingUntil: Date | null;
};

/** May this account write to this person now; if not, why and until when? What the lane asks before each send, and the simulation for each it draws. */
export function mayGo(rules: LaneRules, { count, ...moment }: LaneMoment, { zone, ...who }: RuledRecipient): PolicyAnswer {
  return decide({
    ...moment,
    ...who,
    quietHours: rules.settings.quietHours === undefined ? defaultQuietHours : rules.settings.quietHours,
    recipientZone: zone,
    gap: { ms: rules.pace.betweenSends(count), isBreak: rules.pace.isBreakAfter(count) },
  });
}

/** Where somebody is: as their record says, else as their number tells, else where the workspace is. */
export function zoneOf(rules: LaneRules, who: { contactZone: string | null; addressKind: string | null; address: string | null }): string {
  return who.contactZone ?? (who.addressKind === 'phone' && who.address ? zoneOfPhone(who.address) : null) ?? rules.zone;
}

/** The pace looks at the newest use, whatever is limited. */
export const numbersOf = ({ warmUp: _, ...numbers }: Ceilings): number[] => [1, ...Object.values(numbers).flatMap((limit) => limit ?? [])];
