import { Failure } from '#core/failure.ts';
import { clearOwnText } from './composer.ts';
import type { Run } from './run.ts';

/** Whether scripts may act on a page. Closed, a person has it; `opens` answers how the script then goes on. */
export interface StepGate {
  readonly isOpen: boolean;
  opens(signal: AbortSignal): Promise<'restart' | 'resume'>;
}

/** A person had the page, and the flow is to begin anew. Nothing was sent, and no text of ours was left behind. */
export class Interrupted extends Failure {
  constructor() {
    super('interrupted');
  }
}

/**
 * Stands still between two steps while a person has the page, unless the irreversible act has been begun: then only its proof counts, and
 * the person waits for it. Text of ours goes first, so that nobody sends it by hand and it is sent once more afterwards; a flow that had
 * typed can only begin anew.
 */
export async function betweenSteps(run: Run): Promise<void> {
  const { gate } = run.hooks;
  if (!gate || gate.isOpen || run.sending.isActed) return;
  const hasTyped = run.sending.typed !== null;
  await clearOwnText(run);
  const goOn = await gate.opens(run.eyes.signal).catch((error: unknown) => {
    // Whoever asked for the run may have no more time than this: it is not the run that failed.
    throw error instanceof Failure ? error : new Interrupted();
  });
  if (goOn === 'restart' || hasTyped) throw new Interrupted();
}
