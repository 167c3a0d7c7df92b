import type { Media } from '#core/channel.ts';
import type { Anchor } from '#core/delivery.ts';
import { asFailure, Failure } from '#core/failure.ts';
import type { Pace } from '#core/pace.ts';
import type { LoadedPack } from '#core/script.ts';
import { Deadline } from './deadline.ts';
import { Interrupted, type StepGate } from './engine/between-steps.ts';
import type { Outcome } from './engine/run.ts';
import { type FlowRequest, runFlow } from './engine/run-flow.ts';
import type { TraceStep } from './engine/trace.ts';
import type { Gate } from './gate.ts';
import type { ProfileHost } from './host.ts';
import type { Lease } from './leases.ts';
import type { ProfileSpec } from './profile-spec.ts';

export type FlowAsk = {
  flow: string;
  input: Record<string, string>;
  /** Awaited right before the irreversible act. */
  commit?: (anchor: Anchor) => Promise<void>;
  dryRun?: boolean;
  retried?: boolean;
  anchor?: Anchor | null;
  deliveryId?: string | null;
  media?: Media | null;
};
/** A run as it is kept: names, times and pictures, never texts. */
export type FlowRun = {
  flow: string;
  deliveryId: string | null;
  outcome: string;
  why: string | null;
  startedAt: Date;
  endedAt: Date;
  steps: TraceStep[];
};
export type ProfileSetting = { spec: ProfileSpec; pace: Pace };
export type AccountKey = { id: string; workspaceId: string };
export type RunnerDeps = {
  host: ProfileHost;
  packs: ReadonlyMap<string, LoadedPack>;
  gateOf: (profileId: string) => Gate;
  settingOf: (account: AccountKey) => Promise<ProfileSetting>;
  saveRun: (account: AccountKey, run: FlowRun) => Promise<void>;
  now: () => Date;
  /** Awaited after each step that has gone well. */
  afterStep?: (ask: Pick<FlowAsk, 'flow' | 'deliveryId'> & { accountId: string }, step: string) => Promise<void>;
};
export type PackRunner = { run(account: AccountKey, ask: FlowAsk, signal: AbortSignal): Promise<Outcome> };

/** What must be left of the lease when the key is pressed: longer than the watchdog lets a worker stand still, so that none presses it later. */
const actMarginMs = 22_000;
/** No flow takes longer: typing 4,000 signs at a person's pace takes ten minutes. */
const longestMs = 15 * 60_000;

/** Looks that come by themselves: they do not keep a browser open that nobody uses. */
const routines: ReadonlySet<string> = new Set(['unread', 'read', 'check', 'me']);

/** Runs flows of packs on the browsers of a host, and keeps what each did. */
export function createPackRunner(deps: RunnerDeps): PackRunner {
  return {
    async run(account, ask, signal) {
      const { spec, pace } = await deps.settingOf(account);
      const pack = deps.packs.get(spec.pack);
      if (!pack) throw new Failure('script_invalid', `There is no script pack named ${spec.pack}.`);
      // What has not begun does not wait here: whoever asked says why, and comes again.
      if (!deps.gateOf(account.id).isOpen) throw new Interrupted();
      const steps: TraceStep[] = [];
      const startedAt = deps.now();
      using deadline = new Deadline(longestMs);
      const gate = deps.gateOf(account.id);
      const stepGate: StepGate = {
        get isOpen() {
          return gate.isOpen;
        },
        opens: (ended) => deadline.pausedFor(gate.opens(ended)),
      };
      const keep = (outcome: string, why: string | null) =>
        deps.saveRun(account, { flow: ask.flow, deliveryId: ask.deliveryId ?? null, outcome, why, startedAt, endedAt: deps.now(), steps });
      const step = async (done: TraceStep) => {
        steps.push(done);
        if (done.ok) await deps.afterStep?.({ ...ask, accountId: account.id }, done.name);
      };
      const hooks = { commit: ask.commit ?? refuseCommit, step, now: deps.now, gate: stepGate };
      const { flow, input, dryRun, retried, anchor, media } = ask;
      const { baseUrl, locale: language } = spec;
      const request = { pack, flow, input, hooks, pace, baseUrl, language, dryRun, retried, anchor, media };
      try {
        const outcome = await deps.host.use(
          spec,
          async (page, ended, lease) => {
            await deadline.pausedFor(gate.enter(ended));
            try {
              return await runUninterrupted({ ...request, page, signal: ended, hooks: { ...hooks, mayAct: () => refuseUnlessHeld(lease) } });
            } finally {
              gate.leave();
            }
          },
          AbortSignal.any([signal, deadline.signal]),
          { isRoutine: routines.has(ask.flow) },
        );
        await keep(outcome.is, 'why' in outcome ? outcome.why : null);
        return outcome;
      } catch (error) {
        await keep('failed', asFailure(error).code);
        throw error;
      }
    },
  };
}

/** A flow that a person has interrupted begins anew, as often as it takes. */
async function runUninterrupted(request: FlowRequest): Promise<Outcome> {
  for (;;) {
    const outcome = await runFlow(request).catch((error: unknown) => {
      if (error instanceof Interrupted && !request.signal.aborted) return null;
      throw error;
    });
    if (outcome) return outcome;
  }
}

/** A worker that was stopped between the commit and the act finds here that its time is over; the clock went on. */
function refuseUnlessHeld(lease: Lease): void {
  if (lease.remainingMs() < actMarginMs) throw new Failure('lease_lost');
}

async function refuseCommit(): Promise<void> {
  throw new Failure('script_invalid', 'Only a send may commit.');
}
