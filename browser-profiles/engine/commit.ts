import { Failure } from '#core/failure.ts';
import type { Step } from '#core/script-steps.ts';
import type { Bubble } from './bubbles.ts';
import { readBubbles, scrollList } from './bubbles.ts';
import { recheck } from './guard.ts';
import { need } from './look.ts';
import type { Outcome, Run } from './run.ts';
import { inputOf } from './run.ts';
import { isOneEmoji, isSameText, plainAddress } from './same-text.ts';
import { substitute } from './substitute.ts';
import type { StepNotes } from './trace.ts';
import { abortable, actMs, poll, rest } from './wait.ts';

type CommitStep = NonNullable<Step['commit']>;
type ProveStep = NonNullable<Step['prove']>;

/** How many ids an anchor holds: enough that one of them is still there when the newest were deleted. */
const anchorLength = 20;
/** A page whose script stands still takes no key; facts tell of 6 s in long histories. */
const frozenMs = 30_000;
/** A bubble that says it is older than the commit by more than this was there before. Pages write minutes, clocks differ a little. */
const clockToleranceMs = 120_000;

/**
 * The irreversible act: guards again, anchor, the hook that writes `committing`, guards once more, then the key or click. Whatever
 * throws before the act leaves nothing sent.
 */
export async function commit(run: Run, step: CommitStep, notes: StepNotes): Promise<void> {
  const { eyes, hooks, sending } = run;
  await rest(run.pace.before('commit'), eyes.signal);
  await recheck(run);
  const bubbles = await readBubbles(eyes);
  sending.known = new Set(bubbles.map((bubble) => bubble.id));
  sending.locals = bubbles.filter((bubble) => bubble.isLocal);
  refuseTwin(run);
  sending.anchor = {
    conversation: plainAddress(inputOf(run, 'to'), eyes.pack.addressedBy),
    lastIds: bubbles
      .filter((bubble) => !bubble.isLocal)
      .slice(-anchorLength)
      .map((bubble) => bubble.id),
    takenAt: hooks.now().toISOString(),
  };
  const button = step.click ? await need(eyes, step.click) : null;
  if (button) notes.selectorTier = button.tier;
  await hooks.commit(sending.anchor);
  eyes.signal.throwIfAborted();
  await recheck(run);
  hooks.mayAct?.();
  sending.isActed = true;
  // Not raced with the signal: once begun, the act is awaited, so that nobody closes the page in the middle of it.
  const act = button ? button.handle.click({ timeout: actMs }) : eyes.page.keyboard.press(step.press ?? 'Enter');
  await abortable(act, AbortSignal.timeout(frozenMs));
}

/** The same words are still on their way: nobody could tell later which of the two the server has taken. */
function refuseTwin(run: Run): void {
  const { rewrites } = run.eyes.pack.text;
  const isTwin = (bubble: Bubble) => bubble.status !== 'failed' && isSameText(bubble.text, run.eyes.inputs.text ?? '', { rewrites });
  if (run.sending.locals.some(isTwin)) throw new Failure('not_ready', 'The same text is still on its way in this conversation.');
}

/** Waits for the proof. Throws `not_proven` when it does not come and `send_refused` when the messenger says so. */
export async function prove(run: Run, step: ProveStep, again: (flow: string) => Promise<void>): Promise<Outcome> {
  const { sending } = run;
  let hasLookedAgain = !step.again;
  const begun = performance.now();
  const found = await poll({ seconds: step.seconds, everyMs: 150, signal: run.eyes.signal }, async () => {
    const bubble = newBubble(run, step, await readBubbles(run.eyes, { selector: step.new }));
    if (bubble?.status === 'failed') throw new Failure('send_refused', 'The messenger shows the message as failed. It gives no reason.');
    if (bubble && isAcknowledged(bubble, step.acknowledged)) return bubble;
    if (!hasLookedAgain && step.again && performance.now() - begun >= step.again.afterSeconds * 1000) {
      hasLookedAgain = true;
      await again(step.again.flow);
    }
    return undefined;
  });
  if (!found) throw new Failure('not_proven');
  sending.typed = null;
  sending.isAttached = false;
  return sentAs(run, found);
}

export const sentAs = (run: Run, bubble: Bubble): Outcome => ({
  is: 'sent',
  platformId: bubble.id,
  at: bubble.at ?? run.hooks.now(),
  status: statusOf(bubble),
  conversation: run.sending.resolved?.id ?? null,
});

/** A bubble that was not there at the commit, stands after what was, is ours, and says what we meant. */
function newBubble(run: Run, step: ProveStep, bubbles: Bubble[]): Bubble | undefined {
  const { known, locals, anchor } = run.sending;
  const last = bubbles.findLastIndex((bubble) => known.has(bubble.id) && !bubble.isLocal);
  if (known.size > locals.length && last < 0) return undefined;
  const earliest = Date.parse(anchor?.takenAt ?? '') - clockToleranceMs;
  const isNew = (bubble: Bubble) => !known.has(bubble.id) && (bubble.at?.getTime() ?? earliest) >= earliest;
  const ours = bubbles.slice(last + 1).filter((bubble) => isNew(bubble) && matches(run, step.where, bubble));
  // An earlier one with the same words that has got its id since stands before ours.
  const settled = locals.filter((one) => matches(run, step.where, one) && !bubbles.some(({ id }) => id === one.id));
  return ours[settled.length];
}

/** Whether a bubble is the one that the step describes. */
export function matches(run: Run, where: Record<string, string>, bubble: Bubble): boolean {
  return Object.entries(where).every(([field, template]) => {
    const wanted = substitute(template, run.eyes.inputs);
    if (field === 'text' && bubble.kind === 'emoji' && bubble.text === '') return isOneEmoji(wanted);
    if (field === 'text') return isSameText(bubble.text, wanted, { rewrites: run.eyes.pack.text.rewrites, isCut: bubble.isCut });
    if (field === 'direction') return bubble.direction === wanted;
    if (field === 'kind') return bubble.kind === wanted;
    return false;
  });
}

export const isAcknowledged = (bubble: Bubble, acknowledged: readonly string[]): boolean =>
  !bubble.isLocal && bubble.status !== null && acknowledged.includes(bubble.status);
const statusOf = ({ status }: Bubble): 'sent' | 'delivered' | 'read' => (status === 'delivered' || status === 'read' ? status : 'sent');
export const isAsOld = (bubble: Bubble, takenAt: string): boolean =>
  (bubble.at?.getTime() ?? Number.POSITIVE_INFINITY) < Date.parse(takenAt) - clockToleranceMs;

/** Brings the newest messages into view before anything is judged by them. */
export const toNewest = (run: Run, list: string): Promise<boolean> => scrollList(run.eyes, list, 'bottom');
