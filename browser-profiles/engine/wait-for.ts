import { Failure, type FailureCode } from '#core/failure.ts';
import type { ScreenState } from '#core/profile.ts';
import { profileStates } from '#core/profile.ts';
import type { Step } from '#core/script-steps.ts';
import { count } from './look.ts';
import { probeWith, type Screen } from './probe-state.ts';
import type { Run } from './run.ts';
import type { StepNotes } from './trace.ts';
import { poll } from './wait.ts';

/** A screen that needs a person must stand this long before we believe that waiting is of no use. */
const hopelessAfterMs = 2500;

/** Waits until everything the step names holds. A screen that only a person can change ends the wait early, with its own failure. */
export async function waitFor(run: Run, step: NonNullable<Step['wait']>, notes: StepNotes): Promise<void> {
  const wanted = [step.for ?? []].flat();
  const names = [...wanted, ...(step.gone ? [step.gone] : [])];
  const hopeless = { since: 0 };
  let screen: Screen | null = null;
  const isOver = await poll({ seconds: step.seconds, signal: run.eyes.signal }, async () => {
    const counts = names.length > 0 ? await count(run.eyes, names) : {};
    const found = wanted.find((name) => (counts[name]?.count ?? 0) > 0);
    if (wanted.length > 0 && !found) return undefined;
    if (found) notes.selectorTier = counts[found]?.tier ?? 0;
    if (step.gone && (counts[step.gone]?.count ?? 0) > 0) return undefined;
    if (step.heard && !run.ear.isComplete(step.heard)) return undefined;
    if (!step.state) return true;
    screen = await probeWith(run.eyes);
    if (step.state.includes(screen.is)) return true;
    // While logging in, the screens that need a person are the way, not the end.
    if (!run.flow.startsWith('login')) throwIfHopeless(screen, hopeless);
    return undefined;
  });
  if (!isOver) throw new Failure(screen ? waitFailure(screen, step.else) : step.else);
}

function throwIfHopeless(screen: Screen, hopeless: { since: number }): void {
  const code = needsPerson[screen.is];
  if (!code) {
    hopeless.since = 0;
    return;
  }
  hopeless.since ||= performance.now();
  if (performance.now() - hopeless.since > hopelessAfterMs) throw new Failure(code, screen.why ?? undefined);
}

const needsPerson: Partial<Record<ScreenState, FailureCode>> = {
  needs_qr: 'logged_out',
  qr_expired: 'logged_out',
  needs_phone: 'logged_out',
  needs_code: 'logged_out',
  needs_password: 'logged_out',
  needs_passkey: 'logged_out',
  logged_out: 'logged_out',
  restricted: 'restricted',
  unsupported: 'not_ready',
  conflict: 'not_ready',
};

const waitFailure = (screen: Screen, otherwise: FailureCode): FailureCode => (profileStates[screen.is].group === 'ready' ? otherwise : 'not_ready');
