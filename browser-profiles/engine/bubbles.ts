import { type Eyes, pick, readItems } from './look.ts';
import type { Item } from './page-look.ts';
import { abortable, poll } from './wait.ts';

/** A message as the page shows it. `direction` is `unsure` when no sign of it was found. */
export type Bubble = {
  id: string;
  text: string;
  /** Who wrote it, in a group. */
  author: string | null;
  direction: 'in' | 'out' | 'unsure';
  status: 'pending' | 'sent' | 'delivered' | 'read' | 'failed' | null;
  at: Date | null;
  kind: string;
  /** The page shows only a beginning of the text. */
  isCut: boolean;
  /** The page has made its id up: the server has not seen it yet, and gives it another. */
  isLocal: boolean;
  /** A shell without content: the list draws it only when it is scrolled into view. */
  isPlaceholder: boolean;
};

const directions = ['in', 'out'] as const;
const statuses = ['pending', 'sent', 'delivered', 'read', 'failed'] as const;
const oneOf = <T extends string>(words: readonly T[], word: string | null | undefined): T | null => words.find((known) => known === word) ?? null;

function bubbleOf({ values, isPlaceholder }: Item): Bubble | null {
  if (!values.id) return null;
  const direction = oneOf(directions, values.direction) ?? 'unsure';
  return {
    id: values.id,
    // What is no text may still say something: a poll its question, a contact its name.
    text: values.text ?? values.note ?? '',
    author: values.author ?? null,
    direction,
    status: direction === 'in' ? null : oneOf(statuses, values.status),
    at: values.at ? new Date(values.at) : null,
    kind: values.kind ?? 'text',
    isCut: Boolean(values.cut),
    isLocal: Boolean(values.local),
    isPlaceholder,
  };
}

/** The bubbles that are in the page now, oldest first. Each id stands once, at its last place. */
export async function readBubbles(eyes: Eyes, options: { selector?: string; max?: number } = {}): Promise<Bubble[]> {
  const { items } = await readItems(eyes, options.selector ?? 'bubble', options.max ?? 500);
  const byId = new Map<string, Bubble>();
  for (const item of items) {
    const bubble = bubbleOf(item);
    if (!bubble) continue;
    byId.delete(bubble.id);
    byId.set(bubble.id, bubble);
  }
  return [...byId.values()];
}

/** Brings placeholders into view one after the other and reads what they turn into. What stays empty stays a placeholder. */
export async function drawBubbles(eyes: Eyes, bubbles: Bubble[], selector = 'bubble'): Promise<Bubble[]> {
  const drawn = new Map(bubbles.map((bubble) => [bubble.id, bubble]));
  for (const { id } of bubbles.filter((bubble) => bubble.isPlaceholder).reverse()) {
    if (!drawn.get(id)?.isPlaceholder) continue;
    const target = await pick(eyes, selector, { id });
    await target?.handle.scrollIntoViewIfNeeded({ timeout: 3000 }).catch(() => undefined);
    await poll({ seconds: 3, signal: eyes.signal }, async () => {
      for (const bubble of await readBubbles(eyes, { selector })) if (drawn.has(bubble.id) && !bubble.isPlaceholder) drawn.set(bubble.id, bubble);
      return drawn.get(id)?.isPlaceholder === false ? true : undefined;
    });
  }
  return [...drawn.values()];
}

/** Scrolls a list by one screen, or to an edge. Says whether it moved. Works for lists that count from below as well. */
export async function scrollList(eyes: Eyes, name: string, to: 'up' | 'down' | 'top' | 'bottom'): Promise<boolean> {
  const target = await pick(eyes, name);
  if (!target) return false;
  const scroll = target.handle.evaluate((element, where) => {
    const before = element.scrollTop;
    if (where === 'bottom') element.scrollTop = element.scrollHeight;
    else if (where === 'down') element.scrollTop += element.clientHeight * 0.8;
    else element.scrollTop -= where === 'top' ? element.scrollHeight : element.clientHeight * 0.8;
    element.dispatchEvent(new Event('scroll'));
    return Math.abs(element.scrollTop - before) > 1;
  }, to);
  return abortable(scroll, eyes.signal);
}
