import { Failure } from '#core/failure.ts';
import type { Step } from '#core/script-steps.ts';
import { need, pick } from './look.ts';
import type { Run } from './run.ts';
import type { StepNotes } from './trace.ts';
import { abortable, actMs } from './wait.ts';

/** Hands the file of the send to the file input for its kind. The bytes come with the run: no script can name a file of the host. */
export async function attachFile(run: Run, step: NonNullable<Step['attach']>, notes: StepNotes): Promise<void> {
  const { media, eyes, sending } = run;
  if (!media) throw new Failure('script_invalid', `The flow "${run.flow}" attaches a file, and none was given.`);
  const target = await need(eyes, step.to[media.kind]);
  notes.selectorTier = target.tier;
  sending.isAttached = true;
  const file = { name: media.name, mimeType: media.mimeType, buffer: Buffer.from(media.content) };
  await abortable(target.handle.setInputFiles(file, { timeout: actMs }), eyes.signal);
}

/** Takes a file that was not sent out of the page again, its caption with it. */
export async function discardFile(run: Run): Promise<void> {
  run.sending.isAttached = false;
  run.sending.typed = null;
  if (!run.eyes.pack.selectors.mediaCancel) return;
  // The run's own signal may be what ended it.
  const eyes = { ...run.eyes, signal: AbortSignal.timeout(actMs) };
  const cancel = await pick(eyes, 'mediaCancel');
  await cancel?.handle.click({ timeout: actMs });
}
