import { Failure } from '#core/failure.ts';
import type { Step } from '#core/script-steps.ts';
import { readItems } from './look.ts';
import { visit } from './navigate.ts';
import type { Run } from './run.ts';
import { inPath, substitute } from './substitute.ts';
import type { StepNotes } from './trace.ts';
import { poll } from './wait.ts';
import { waitFor } from './wait-for.ts';

/** How long the page may take to show its chats before it can be asked for one. */
const readySeconds = 60;

/**
 * The messenger's own answer to an address. On a page that was loaded for it nothing else can be open, so the id that it shows is the
 * recipient's; a page that only changed its address might still show the conversation before.
 */
export async function resolve(run: Run, step: NonNullable<Step['resolve']>, notes: StepNotes): Promise<void> {
  const { eyes, sending } = run;
  sending.resolved = null;
  await visit(run, inPath(step.path, eyes.inputs), { fresh: true });
  await waitFor(run, { state: ['ready', 'restricted'], seconds: readySeconds, else: 'not_ready' }, notes);
  const id = await poll({ seconds: step.seconds, signal: eyes.signal }, async () => {
    const { items } = await readItems(eyes, step.from, 1);
    return items[0]?.values[step.field] ?? undefined;
  });
  if (!id) throw new Failure(step.else);
  sending.resolved = { address: substitute(step.address, eyes.inputs), id };
}
