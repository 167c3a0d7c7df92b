import type { PageInput } from '#core/control.ts';

type Size = { width: number; height: number };
type Box = Size & { left: number; top: number };
type Pointed = Pick<MouseEvent, 'clientX' | 'clientY'>;
type Typed = Pick<KeyboardEvent, 'key' | 'code' | 'isComposing' | 'ctrlKey' | 'metaKey'>;

const buttons = ['left', 'middle', 'right'] as const;

/** Where on the page somebody points, in its own pixels, whatever the picture's size on the screen. */
export function pointOn(page: Size, box: Box, { clientX, clientY }: Pointed): { x: number; y: number } {
  const within = (value: number, most: number) => Math.round(Math.min(Math.max(value, 0), most - 1));
  return {
    x: within(((clientX - box.left) / box.width) * page.width, page.width),
    y: within(((clientY - box.top) / box.height) * page.height, page.height),
  };
}

export const buttonOf = ({ button }: Pick<MouseEvent, 'button'>): (typeof buttons)[number] => buttons[button] ?? 'left';

/** Keys that only this browser understands: signs that are being composed, and the paste that arrives as text by itself. */
export function isOwnKey(typed: Typed): boolean {
  if (typed.isComposing || ['Unidentified', 'Process', 'Dead', 'Compose', 'CapsLock'].includes(typed.key)) return true;
  return (typed.ctrlKey || typed.metaKey) && typed.code === 'KeyV';
}

/** Apple's Command is the Control of the page: its browser runs on Linux. */
export function keyOf({ key, code }: Typed): { key: string; code: string } {
  return key === 'Meta' ? { key: 'Control', code: 'ControlLeft' } : { key: key.slice(0, 20), code: code.slice(0, 30) };
}

/** Adds one to what waits to be sent. A pointer that only moves is sent where it is last, and wheels that turn on add up. */
export function gather(waiting: readonly PageInput[], next: PageInput): PageInput[] {
  const last = waiting.at(-1);
  if (last?.act === 'move' && next.act === 'move') return [...waiting.slice(0, -1), next];
  if (last?.act === 'wheel' && next.act === 'wheel') {
    const limited = (value: number) => Math.max(-5_000, Math.min(5_000, value));
    return [...waiting.slice(0, -1), { ...next, dx: limited(last.dx + next.dx), dy: limited(last.dy + next.dy) }];
  }
  return [...waiting, next];
}

const mostLetters = 10_000;
/** A long paste in pieces that one message may hold. */
export const piecesOf = (text: string): PageInput[] =>
  Array.from({ length: Math.ceil(text.length / mostLetters) }, (_, nth) => ({
    act: 'insert' as const,
    text: text.slice(nth * mostLetters, (nth + 1) * mostLetters),
  }));
