import type { Step } from '#core/script-steps.ts';
import { type Bubble, drawBubbles, readBubbles, scrollList } from './bubbles.ts';
import { isAcknowledged, isAsOld, matches, sentAs, toNewest } from './commit.ts';
import { isVisible } from './look.ts';
import { probeWith } from './probe-state.ts';
import type { Outcome, Run } from './run.ts';
import { poll, rest } from './wait.ts';

type FindStep = NonNullable<Step['find']>;

/** History seen so far, oldest first. `hasGap`: the list jumped, so something between was never seen. */
type History = { order: string[]; byId: Map<string, Bubble>; hasGap: boolean };
/** Screens to scroll up before giving up: at 10 messages a screen, 3,000 messages. */
const mostScreens = 300;

/**
 * Looks for our text after the anchor. `absent` needs all of: history loaded past the anchor (or to its very top when nothing was
 * there), nothing skipped on the way, the messenger in step with its server, and a picture that stood still.
 */
export async function find(run: Run, step: FindStep): Promise<Outcome> {
  const { anchor } = run;
  if (!anchor) return { is: 'unknown', why: 'There is no anchor to search after.' };
  const end = performance.now() + step.seconds * 1000;
  let previous: Judgement | null = null;
  for (;;) {
    const judged = await judge(run, step, anchor.lastIds, anchor.takenAt);
    if (judged.outcome.is === 'sent' || judged.outcome.is === 'refused') return judged.outcome;
    const isStill = previous?.outcome.is === judged.outcome.is && previous.picture === judged.picture;
    if (isStill && judged.isFinal) return judged.outcome;
    if (performance.now() >= end)
      return judged.outcome.is === 'absent' ? { is: 'unknown', why: 'The conversation did not come to rest.' } : judged.outcome;
    previous = judged;
    await rest(Math.min(step.stillSeconds * 1000, Math.max(50, end - performance.now())), run.eyes.signal);
  }
}

/** `picture` is what the outcome rests on; `isFinal`: once it stands still, waiting on changes nothing. */
type Judgement = { outcome: Outcome; picture: string; isFinal: boolean };

async function judge(run: Run, step: FindStep, anchorIds: string[], takenAt: string): Promise<Judgement> {
  const { history, isPast, isTop } = await load(run, step, anchorIds);
  const last = history.order.findLastIndex((id) => anchorIds.includes(id));
  const after = await drawBubbles(run.eyes, bubblesOf(history, history.order.slice(last + 1)), step.of);
  const picture = JSON.stringify(after.map(({ id, status }) => [id, status]));
  const outcome = decide(run, step, { after, takenAt, isCovered: (isPast || (isTop && anchorIds.length === 0)) && !history.hasGap });
  const isFinal = outcome.is === 'absent' || (isTop && !isPast && anchorIds.length > 0 && !after.some((bubble) => matches(run, step.where, bubble)));
  if (outcome.is !== 'absent') return { outcome, picture, isFinal };
  const screen = await probeWith(run.eyes);
  const isInStep = screen.is === 'ready' || screen.is === 'restricted';
  return {
    outcome: isInStep ? outcome : { is: 'unknown', why: `The messenger is ${screen.is}, so what it shows may be old.` },
    picture,
    isFinal: isInStep,
  };
}

type Seen = { after: Bubble[]; takenAt: string; isCovered: boolean };

function decide(run: Run, step: FindStep, { after, takenAt, isCovered }: Seen): Outcome {
  const ours = after.filter((bubble) => !isAsOld(bubble, takenAt) && matches(run, step.where, bubble));
  const acknowledged = ours.find((bubble) => isAcknowledged(bubble, step.acknowledged));
  if (acknowledged) return sentAs(run, acknowledged);
  if (ours.some((bubble) => bubble.status !== 'failed'))
    return { is: 'unknown', why: 'Our message is there, but the server has not acknowledged it yet.' };
  if (ours.length > 0) return { is: 'refused', why: 'The messenger shows the message as failed.' };
  if (!isCovered) return { is: 'unknown', why: 'The history could not be loaded back to where we began.' };
  if (after.some((bubble) => bubble.isPlaceholder)) return { is: 'unknown', why: 'Some messages could not be brought into view.' };
  const unsure = after.some((bubble) => bubble.direction === 'unsure' && matches(run, { ...step.where, direction: 'unsure' }, bubble));
  return unsure ? { is: 'unknown', why: 'Our text is there, but not whose message it is.' } : { is: 'absent' };
}

const bubblesOf = (history: History, ids: string[]): Bubble[] => ids.flatMap((id) => history.byId.get(id) ?? []);

/** Scrolls up from the newest message until an anchor id is seen or nothing older exists. */
async function load(run: Run, step: FindStep, anchorIds: string[]): Promise<{ history: History; isPast: boolean; isTop: boolean }> {
  const history: History = { order: [], byId: new Map(), hasGap: false };
  await toNewest(run, step.in);
  for (let screen = 0; screen < mostScreens; screen += 1) {
    merge(history, await readBubbles(run.eyes, { selector: step.of }));
    if (anchorIds.some((id) => history.byId.has(id))) return { history, isPast: true, isTop: false };
    const hasMoved = await scrollList(run.eyes, step.in, 'up');
    if (!hasMoved && !(await grows(run, step, history))) return { history, isPast: false, isTop: await isAtTop(run, step) };
  }
  return { history, isPast: false, isTop: false };
}

/** At the upper edge older messages may still be on their way: whether any came. */
async function grows(run: Run, step: FindStep, history: History): Promise<boolean> {
  const grown = await poll({ seconds: step.stillSeconds, signal: run.eyes.signal }, async () => {
    const bubbles = await readBubbles(run.eyes, { selector: step.of });
    return bubbles.some(({ id }) => !history.byId.has(id)) ? true : undefined;
  });
  return grown === true;
}

async function isAtTop(run: Run, { top }: FindStep): Promise<boolean> {
  if (top.visible && !(await isVisible(run.eyes, top.visible))) return false;
  return !top.hidden || !(await isVisible(run.eyes, top.hidden));
}

/** Puts what is on the page now into its place among what was seen before. */
function merge(history: History, bubbles: Bubble[]): void {
  const isFirst = history.order.length === 0;
  const overlaps = bubbles.some(({ id }) => history.byId.has(id));
  if (!isFirst && bubbles.length > 0 && !overlaps) history.hasGap = true;
  let place = 0;
  let front: string[] = [];
  for (const bubble of bubbles) {
    const known = history.byId.get(bubble.id);
    if (!known || known.isPlaceholder || !bubble.isPlaceholder) history.byId.set(bubble.id, bubble);
    if (!known) {
      front.push(bubble.id);
      continue;
    }
    history.order.splice(history.order.indexOf(bubble.id), 0, ...front);
    place = history.order.indexOf(bubble.id) + 1;
    front = [];
  }
  history.order.splice(overlaps ? place : history.order.length, 0, ...front);
}
