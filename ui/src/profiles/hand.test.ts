import { expect, test } from 'vitest';
import { PageInputs } from '#core/control.ts';
import { gather, isOwnKey, keyOf, piecesOf, pointOn } from './hand.ts';

const page = { width: 1280, height: 800 };
const box = { left: 100, top: 50, width: 640, height: 400 };

test('a point on the picture is the same point of the page, and never outside of it', () => {
  expect(pointOn(page, box, { clientX: 420, clientY: 250 })).toEqual({ x: 640, y: 400 });
  expect(pointOn(page, box, { clientX: 0, clientY: 9_999 })).toEqual({ x: 0, y: 799 });
});

test('moves that were overtaken are not sent, wheels add up, and everything else keeps its order', () => {
  const wheel = { act: 'wheel', x: 1, y: 1, dx: 0, dy: 3_000 } as const;
  const press = { act: 'press', x: 2, y: 2, button: 'left', clicks: 1 } as const;
  const all = [{ act: 'move', x: 1, y: 1 }, { act: 'move', x: 2, y: 2 }, press, wheel, wheel, { act: 'move', x: 9, y: 9 }] as const;
  const sent = all.reduce<ReturnType<typeof gather>>(gather, []);
  expect(sent).toEqual([{ act: 'move', x: 2, y: 2 }, press, { ...wheel, dy: 5_000 }, { act: 'move', x: 9, y: 9 }]);
  expect(PageInputs.parse(sent)).toEqual(sent);
});

test('what this browser composes or pastes itself is not pressed on the page as well', () => {
  const key = { key: 'a', code: 'KeyA', isComposing: false, ctrlKey: false, metaKey: false };
  expect(isOwnKey(key)).toBe(false);
  expect(isOwnKey({ ...key, isComposing: true })).toBe(true);
  expect(isOwnKey({ ...key, key: 'Dead' })).toBe(true);
  expect(isOwnKey({ ...key, key: 'v', code: 'KeyV', ctrlKey: true })).toBe(true);
  expect(isOwnKey({ ...key, key: 'v', code: 'KeyV' })).toBe(false);
  expect(keyOf({ ...key, key: 'Meta', code: 'MetaLeft' })).toEqual({ key: 'Control', code: 'ControlLeft' });
});

test('a long paste goes in pieces that together are the text', () => {
  const text = 'я'.repeat(25_001);
  const pieces = PageInputs.parse(piecesOf(text));
  expect(pieces.map((piece) => (piece.act === 'insert' ? piece.text : '')).join('')).toBe(text);
});
