import type { Anchor } from '#core/delivery.ts';
import { asFailure, Failure } from '#core/failure.ts';
import type { Pace } from '#core/pace.ts';
import type { LoadedPack } from '#core/script.ts';
import type { Outcome } from './engine/run.ts';
import { runFlow } from './engine/run-flow.ts';
import type { TraceStep } from './engine/trace.ts';
import type { ProfileHost } from './host.ts';
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
  settingOf: (account: AccountKey) => Promise<ProfileSetting>;
  saveRun: (account: AccountKey, run: FlowRun) => Promise<void>;
  now: () => Date;
};
export type PackRunner = { run(account: AccountKey, ask: FlowAsk, signal: AbortSignal): Promise<Outcome> };

/** No flow takes longer: typing 4,000 signs at a person's pace takes ten minutes. */
const longestMs = 15 * 60_000;

/** Runs flows of packs on the browsers of a host, and keeps what each did. */
export function createPackRunner(deps: RunnerDeps): PackRunner {
  return {
    async run(account, ask, signal) {
      const { spec, pace } = await deps.settingOf(account);
      const pack = deps.packs.get(spec.pack);
      if (!pack) throw new Failure('script_invalid', `There is no script pack named ${spec.pack}.`);
      const steps: TraceStep[] = [];
      const startedAt = deps.now();
      const limit = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
      const keep = (outcome: string, why: string | null) =>
        deps.saveRun(account, { flow: ask.flow, deliveryId: ask.deliveryId ?? null, outcome, why, startedAt, endedAt: deps.now(), steps });
      const hooks = { commit: ask.commit ?? refuseCommit, step: (step: TraceStep) => void steps.push(step), now: deps.now };
      try {
        const outcome = await deps.host.use(
          spec,
          (page, ended) =>
            runFlow({
              page,
              pack,
              flow: ask.flow,
              input: ask.input,
              hooks,
              pace,
              signal: ended,
              baseUrl: spec.baseUrl,
              language: spec.locale,
              dryRun: ask.dryRun,
              retried: ask.retried,
              anchor: ask.anchor,
            }),
          limit,
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

async function refuseCommit(): Promise<void> {
  throw new Failure('script_invalid', 'Only a send may commit.');
}
