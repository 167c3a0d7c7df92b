import { setImmediate } from 'node:timers/promises';
import { failing, failingUntil, numbersOf, restrictedUntil, rulesOf, zoneOf } from '#core/lane-rules.ts';
import { createPace, type PaceSettings } from '#core/pace.ts';
import { ceilingKindOf } from '#core/policy.ts';
import { type SimulatedLane, type Simulation, simulate } from '#core/simulation.ts';
import type { Trx } from '#sql/database.ts';
import { readLaneAccount } from '#sql/lane.ts';
import { type LaneSend, portfolioUses, type SendTimes, sendTimes } from '#sql/simulation.ts';
import { accountUses, newestEnds } from '#sql/uses.ts';

/** What the page of a messenger takes for one send beside what the pace decides: 3 to 5 s in the demo on two cores. */
const pageMs = { open: 3000, prove: 1000 } as const;
/** One mail of a pool, and one call of a platform, until an account has sent enough to know. */
const usualMs = { email: 20, meta: 200 } as const;

/** With the name that its account has. */
export type NamedLane = SimulatedLane & { name: string };

/** The lanes of these accounts as they stand, with what each has to send: all that a simulation asks. */
export async function lanesWith(
  trx: Trx,
  { sends, accountIds, text, now }: { sends: readonly LaneSend[]; accountIds: readonly string[]; text: string; now: Date },
): Promise<NamedLane[]> {
  const byAccount = Map.groupBy(sends, (send) => send.accountId);
  const lanes: NamedLane[] = [];
  for (const accountId of accountIds) {
    const lane = await laneOf(trx, { accountId, sends: byAccount.get(accountId) ?? [], text, now });
    if (lane) lanes.push(lane);
  }
  return lanes;
}

async function laneOf(
  trx: Trx,
  { accountId, sends, text, now }: { accountId: string; sends: readonly LaneSend[]; text: string; now: Date },
): Promise<NamedLane | null> {
  const account = await readLaneAccount(trx, accountId);
  if (!account) return null;
  const rules = rulesOf(account);
  const kind = ceilingKindOf(account.channel);
  const known = await accountUses(trx, { accountId, proxyId: account.proxyId, now, limits: numbersOf(rules.ceilings) });
  const ends = kind === 'web' ? await newestEnds(trx, { accountId, most: failing.ends }) : null;
  const portfolio = await portfolioUses(trx, { accountId, now });
  return {
    accountId,
    name: account.name,
    rules,
    uses: { account: known.account, cold: known.cold, warm: known.warm, portfolio: portfolio?.uses ?? [] },
    proxy: account.proxyId ? { id: account.proxyId, uses: known.proxy } : null,
    portfolioId: portfolio?.id ?? null,
    count: known.count,
    firstAt: account.warmUpFrom ?? known.firstAt,
    restrictedUntil: restrictedUntil(account, now),
    failingUntil: failingUntil(ends),
    restsUntil: account.restsUntil,
    held: account.stopped ?? (account.pausedAt ? 'account_paused' : null),
    ...takes(kind, { measured: await sendTimes(trx, accountId), settings: rules.paceSettings, text }),
    sends: sends.map((send) => ({ ...send, zone: zoneOf(rules, send) })),
  };
}

type Takes = { measured: SendTimes | null; settings: PaceSettings; text: string };

/** How long one send takes: as measured, else a person's time for the text at this pace. Those that go side by side follow each other sooner. */
function takes(kind: 'web' | 'email' | 'meta', { measured, settings, text }: Takes): { beforeCommitMs: number; afterCommitMs: number } {
  if (kind !== 'web') return { beforeCommitMs: 0, afterCommitMs: measured?.betweenMs ?? usualMs[kind] };
  if (measured) return { beforeCommitMs: measured.toCommitMs, afterCommitMs: measured.toEndMs };
  const pace = createPace({ seed: 'a usual send', settings });
  const typing = pace.typing(text).reduce((sum, ms) => sum + ms, 0);
  return { beforeCommitMs: pageMs.open + pace.before('open') + typing + pace.before('commit'), afterCommitMs: pageMs.prove };
}

/** Draws the run, and lets others work meanwhile. */
export async function draw(lanes: readonly SimulatedLane[], { now, signal }: { now: Date; signal: AbortSignal }): Promise<Simulation> {
  const run = simulate(lanes, now);
  for (;;) {
    const step = run.next();
    if (step.done) return step.value;
    await setImmediate(undefined, { signal });
  }
}
