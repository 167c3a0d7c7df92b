import type { ElementHandle } from 'playwright';
import { Failure } from '#core/failure.ts';
import { keysOf } from '#core/pace.ts';
import { discardFile } from './attach.ts';
import { type Eyes, need, pick } from './look.ts';
import type { Run } from './run.ts';
import { isSameText, normaliseText } from './same-text.ts';
import type { StepNotes } from './trace.ts';
import { abortable, actMs, poll, rest } from './wait.ts';

/** What stands in the composer, or in the caption of a file; empty when there is none. */
export async function readComposer(eyes: Eyes, field: Run['sending']['field'] = 'composer'): Promise<string> {
  const target = await pick(eyes, field);
  return target ? readField(eyes, target.handle) : '';
}

/** The text of a field: its value, or its lines when it is editable content. */
export function readField(eyes: Eyes, handle: ElementHandle<HTMLElement>): Promise<string> {
  const text = handle.evaluate((field) => {
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) return field.value;
    const lines = (node: Node): string => {
      if (node.nodeType === Node.TEXT_NODE) return node.textContent ?? '';
      if (node.nodeName === 'BR') return '\n';
      if (node instanceof HTMLImageElement) return node.alt;
      const inner = [...node.childNodes].map(lines).join('');
      return node.nodeName === 'P' || node.nodeName === 'DIV' ? `${inner}\n` : inner;
    };
    return [...field.childNodes].map(lines).join('').replace(/\n+$/, '');
  });
  return abortable(text, eyes.signal);
}

/**
 * Types like a person, by the pace. After each word it looks whether the right conversation is still open (`isStillRight` throws), so
 * that not even a word goes astray. Every key is noted before it is pressed: what may stand there is always known.
 */
export async function typeInto(
  run: Run,
  { into, text, notes, isStillRight }: { into: string; text: string; notes: StepNotes; isStillRight: () => Promise<void> },
): Promise<void> {
  const { eyes, pace, sending } = run;
  const target = await need(eyes, into);
  notes.selectorTier = target.tier;
  await abortable(target.handle.click({ timeout: actMs }), eyes.signal);
  await rest(pace.before('type'), eyes.signal);
  const keys = keysOf(text);
  const waits = pace.typing(text);
  const pressed: number[] = [];
  notes.keyTimes = pressed;
  const begun = performance.now();
  let last = begun;
  for (const [index, key] of keys.entries()) {
    if (keys[index - 1] === ' ') await isStillRight();
    // Counted from the last key, so that looking around between words is part of the rhythm.
    await rest(last + (waits[index] ?? 0) - performance.now(), eyes.signal);
    last = performance.now();
    sending.typed = keys.slice(0, index + 1).join('');
    pressed.push(Math.round(last - begun));
    await abortable(pressKey(run, key), eyes.signal);
  }
  const shown = await poll({ seconds: 3, signal: eyes.signal }, async () => ((await isShown(eyes, into, text)) ? true : undefined));
  if (shown) return;
  // A wrong conversation explains a wrong text better than the text does.
  await isStillRight();
  throw new Failure('draft_present', 'The message field does not hold what was typed, so nothing was sent.');
}

async function isShown(eyes: Eyes, into: string, text: string): Promise<boolean> {
  const target = await pick(eyes, into);
  return target !== null && isSameText(await readField(eyes, target.handle), text, { rewrites: eyes.pack.text.rewrites });
}

async function pressKey(run: Run, key: string): Promise<void> {
  const { keyboard } = run.eyes.page;
  // Any kind of line end: typed as it is, it would be the Enter that sends.
  if (/[\r\n]/.test(key)) return keyboard.press(run.eyes.pack.text.newline);
  // A tab would leave the field; other control signs are nothing that can be read.
  if (/\p{Cc}/u.test(key)) return keyboard.insertText(' ');
  // Signs of several code points (flags, families) would fall apart when typed one by one.
  return key.length > 1 ? keyboard.insertText(key) : keyboard.type(key);
}

/**
 * Takes our own text out of the composer again, and only ours: what stands there must be what was typed, or all but the key that
 * was being pressed, or its end when the conversation was swapped under our hands.
 */
export async function clearOwnText(run: Run): Promise<void> {
  const { typed } = run.sending;
  if (run.sending.isAttached) return discardFile(run);
  if (typed === null) return;
  // The run's own signal may be what ended it.
  const eyes = { ...run.eyes, signal: AbortSignal.timeout(actMs) };
  const target = await pick(eyes, 'composer');
  if (!target) return;
  const shown = normaliseText(await readField(eyes, target.handle));
  const ours = normaliseText(typed);
  const isOurs =
    shown !== '' && (shown === ours || shown === normaliseText(keysOf(typed).slice(0, -1).join('')) || (shown.length >= 3 && ours.endsWith(shown)));
  if (isOurs) await emptyField(eyes, target.handle);
  run.sending.typed = null;
}

/** A host that died while typing left our text as a draft. Once it is known to be unsent, it goes. */
export async function clearLeftDraft(run: Run, ownText: string): Promise<void> {
  const target = await pick(run.eyes, 'composer');
  if (!target) return;
  const draft = normaliseText(await readField(run.eyes, target.handle));
  if (draft !== '' && normaliseText(ownText).startsWith(draft)) await emptyField(run.eyes, target.handle);
}

export async function emptyField(eyes: Eyes, handle: ElementHandle<HTMLElement>): Promise<void> {
  const { keyboard } = eyes.page;
  await abortable(handle.focus(), eyes.signal);
  await abortable(keyboard.press('Control+A'), eyes.signal);
  await abortable(keyboard.press('Backspace'), eyes.signal);
  const isEmpty = await poll({ seconds: 2, signal: eyes.signal }, async () =>
    normaliseText(await readField(eyes, handle)) === '' ? true : undefined,
  );
  if (!isEmpty) throw new Failure('draft_present', 'The message field could not be emptied.');
}
