import type { Page } from 'playwright';
import type { Media } from '#core/channel.ts';
import type { Anchor } from '#core/delivery.ts';
import { Failure } from '#core/failure.ts';
import type { Pace } from '#core/pace.ts';
import type { LoadedPack } from '#core/script.ts';
import { sendFlows } from '#core/script-check.ts';
import type { Step } from '#core/script-steps.ts';
import { stepKind } from '#core/script-steps.ts';
import { actsOf } from './acts.ts';
import { betweenSteps } from './between-steps.ts';
import { clearOwnText } from './composer.ts';
import { listen } from './ear.ts';
import { finishLogin } from './login.ts';
import { localeOf, release } from './look.ts';
import type { Outcome, Run } from './run.ts';
import type { Inputs } from './substitute.ts';
import { type Hooks, type StepNotes, traced } from './trace.ts';
import { browserFailure } from './wait.ts';

export type FlowRequest = {
  page: Page;
  pack: LoadedPack;
  /** `send`, `confirm`, …, an own flow, or `login.password` and its like. */
  flow: string;
  input: Inputs;
  hooks: Hooks;
  pace: Pace;
  signal: AbortSignal;
  /** The profile's own address of the messenger, when it is not the pack's. */
  baseUrl?: string;
  /** The profile's language, such as "en-US". */
  language?: string;
  /** Everything up to, not including, the commit. */
  dryRun?: boolean;
  /** An earlier attempt may have left its text in the composer. */
  retried?: boolean;
  /** For `confirm`. */
  anchor?: Anchor | null;
  /** For `sendMedia`. */
  media?: Media | null;
};

/**
 * Runs one flow. A send that throws `not_proven` or `send_refused` has acted; any other failure means that nothing was sent and no
 * text of ours was left behind. An aborted run rejects with the signal's reason, or with `not_proven` once it has acted.
 */
export async function runFlow(request: FlowRequest): Promise<Outcome> {
  const { page, pack, input, hooks, pace, signal, flow } = request;
  const steps = stepsOf(pack, flow);
  if (Object.hasOwn(sendFlows, flow)) refuseCommands(pack, input.text ?? '');
  const ear = listen(page, pack, input);
  const run: Run = {
    eyes: { page, pack, locale: localeOf(pack, request.language ?? pack.locale.default), inputs: input, signal, kept: new Set() },
    hooks,
    pace,
    ear,
    baseUrl: request.baseUrl ?? pack.baseUrl,
    flow,
    isDryRun: request.dryRun ?? false,
    isRetried: request.retried ?? false,
    anchor: request.anchor ?? null,
    media: request.media ?? null,
    sending: {
      typed: null,
      field: 'composer',
      isAttached: false,
      to: null,
      provenHeader: null,
      anchor: null,
      resolved: null,
      known: new Set(),
      locals: [],
      isActed: false,
    },
    outcome: null,
    rows: {},
    messages: [],
  };
  try {
    await runSteps(run, steps, '');
    if (flow.startsWith('login.')) await finishLogin(run);
    return run.outcome ?? { is: 'done', rows: run.rows, messages: run.messages };
  } catch (error) {
    throw afterwards(run, error);
  } finally {
    // A page that is gone holds no text of ours any more.
    if (!run.sending.isActed) await clearOwnText(run).catch(() => undefined);
    ear.close();
    void release(run.eyes); // Tidying only; it never rejects.
  }
}

/** Runs steps one after the other; a commit in a dry run ends it. */
export async function runSteps(run: Run, steps: readonly Step[], prefix: string): Promise<void> {
  const acts = actsOf((flow, inner) => runSteps(inner, stepsOf(run.eyes.pack, flow), `${prefix}${flow}/`));
  for (const step of steps) {
    await betweenSteps(run);
    const kind = stepKind(step);
    if (kind === 'commit' && run.isDryRun) {
      run.outcome = { is: 'dry_run' };
      return;
    }
    const toFailure = (error: unknown) => afterwards(run, error);
    const name = `${prefix}${kind}${subjectOf(step)}`;
    await traced({ page: run.eyes.page, hooks: run.hooks, name, toFailure }, (notes) => act(run, step, notes, { acts, prefix }));
  }
}

type Context = { acts: ReturnType<typeof actsOf>; prefix: string };

async function act(run: Run, step: Step, notes: StepNotes, { acts, prefix }: Context): Promise<void> {
  run.eyes.signal.throwIfAborted();
  if (step.when) {
    const holds = await acts.holds(run, step.when);
    return runSteps(run, (holds ? step.when.do : step.when.else) ?? [], prefix);
  }
  if (step.forEach) {
    for (const item of await acts.keysOf(run, step.forEach)) {
      const inputs = { ...run.eyes.inputs, item };
      await runSteps({ ...run, eyes: { ...run.eyes, inputs } }, step.forEach.do, prefix);
    }
    return;
  }
  await acts.plain(run, step, notes);
}

function stepsOf(pack: LoadedPack, flow: string): readonly Step[] {
  const [first, way] = flow.split('.');
  const found = first === 'login' && way ? Object.entries(pack.login).find(([name]) => name === way)?.[1]?.steps : pack.flows[flow]?.steps;
  if (!found) throw new Failure('script_invalid', `${pack.title} has no flow "${flow}".`);
  return found;
}

/** After the act every failure means the same: it may have been sent. */
function afterwards(run: Run, error: unknown): Failure {
  const failure = run.eyes.signal.aborted && !(error instanceof Failure) ? browserFailure(run.eyes.signal.reason) : browserFailure(error);
  if (!run.sending.isActed || failure.code === 'send_refused' || failure.code === 'not_proven') return failure;
  return new Failure('not_proven', undefined, { cause: failure });
}

function refuseCommands(pack: LoadedPack, text: string): void {
  if (text.length > pack.text.maxLength) throw new Failure('send_refused', `${pack.title} takes at most ${pack.text.maxLength} signs.`);
  const start = pack.text.refuses.find((beginning) => text.trimStart().startsWith(beginning));
  if (start) throw new Failure('send_refused', `${pack.title} would read a text that begins with "${start}" as a command.`);
}

/** What a step acts on, by its name in the pack: the trace says `click:composer`, never what was typed. */
function subjectOf(step: Step): string {
  const subject =
    step.click?.on ??
    step.hover?.on ??
    step.fill?.into ??
    step.type?.into ??
    step.run?.flow ??
    step.extract?.from ??
    step.when?.visible ??
    step.scrollTo?.in;
  const waited = [step.wait?.for ?? step.wait?.gone ?? step.wait?.heard ?? step.wait?.state ?? []].flat().join('|');
  const name = subject ?? waited;
  return name ? `:${name}` : '';
}
