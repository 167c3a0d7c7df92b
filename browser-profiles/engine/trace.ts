import type { Page } from 'playwright';
import type { Anchor } from '#core/delivery.ts';
import type { Failure } from '#core/failure.ts';
import type { StepGate } from './between-steps.ts';

/** One step of a run. Times and names only, never what was written; images are JPEG and sealed by whoever stores them. */
export type TraceStep = {
  name: string;
  startedAt: Date;
  ms: number;
  ok: boolean;
  why?: string;
  /** Which tier of the selector was found; 0 is the primary one. */
  selectorTier?: number;
  /** Milliseconds of each keydown since the first. */
  keyTimes?: number[];
  image?: Buffer;
};

/** What a run reports and asks while it goes on. */
export type Hooks = {
  /** Awaited right before the irreversible act; when it throws, the act does not happen. */
  commit(anchor: Anchor): Promise<void>;
  /** Asked in the last moment, after which nothing stops the act any more; throws when it must not happen. */
  mayAct?(): void;
  /** Awaited before the next one. */
  step(step: TraceStep): void | Promise<void>;
  now(): Date;
  /** Asked before each step. Without one a script always goes on. */
  gate?: StepGate;
};

/** A small picture for the film strip. A page that cannot be photographed any more costs the picture, not the run. */
export async function photograph(page: Page): Promise<Buffer | undefined> {
  return page.screenshot({ type: 'jpeg', quality: 50, scale: 'css', timeout: 3000, animations: 'allow', caret: 'initial' }).catch(() => undefined);
}

/** Details that the step itself adds while it runs. */
export type StepNotes = { selectorTier?: number; keyTimes?: number[]; wantsImage?: boolean };

type Traced = { page: Page; hooks: Hooks; name: string; toFailure: (error: unknown) => Failure };

/** A failure is photographed once, where it happened, not again by each step around it. */
const pictured = new WeakSet<Failure>();

/** Runs one step and reports it, with a picture when it failed or asked for one. */
export async function traced<T>({ page, hooks, name, toFailure }: Traced, work: (notes: StepNotes) => Promise<T>): Promise<T> {
  const startedAt = hooks.now();
  const begun = performance.now();
  const notes: StepNotes = {};
  const report = async (end: { ok: boolean; why?: string }, isNew: { failure: boolean }) => {
    const { wantsImage, ...kept } = notes;
    const ms = Math.round(performance.now() - begun);
    const image = (wantsImage && end.ok) || isNew.failure ? await photograph(page) : undefined;
    await hooks.step({ name, startedAt, ms, ...end, ...kept, ...(image ? { image } : {}) });
  };
  try {
    const result = await work(notes);
    await report({ ok: true }, { failure: false });
    return result;
  } catch (error) {
    const failure = toFailure(error);
    const isNew = !pictured.has(failure);
    pictured.add(failure);
    await report({ ok: false, why: failure.code }, { failure: isNew });
    throw failure;
  }
}
