import { expect, test } from 'vitest';
import { decodeFrame, encodeFrame, type LiveFrame, newestOnly } from './live-frame.ts';

test('a frame comes back as it was, also from the middle of a larger buffer', () => {
  const frame: LiveFrame = { kind: 'live', width: 1280, height: 800, at: 1_764_000_000_123.5, jpeg: new Uint8Array([0xff, 0xd8, 1, 2]) };
  const bytes = encodeFrame(frame);
  const padded = new Uint8Array(bytes.length + 5);
  padded.set(bytes, 5);
  expect(decodeFrame(bytes)).toEqual(frame);
  expect(decodeFrame(padded.subarray(5))).toEqual(frame);
});

test('what is no frame of this version is not decoded', () => {
  expect(decodeFrame(new Uint8Array(16))).toBeNull();
  expect(decodeFrame(new Uint8Array([2, ...new Array(20).fill(0)]))).toBeNull();
});

test('a slow viewer gets the first frame and then only the newest', async () => {
  const shown: number[] = [];
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const give = newestOnly<number>((frame) => {
    shown.push(frame);
    return gates[shown.length - 1]?.promise;
  });
  for (const frame of [1, 2, 3, 4]) give(frame);
  expect(shown).toEqual([1]);
  gates[0]?.resolve();
  await gates[0]?.promise;
  await Promise.resolve();
  expect(shown).toEqual([1, 4]);
});

test('a viewer that throws once still gets the next frame', async () => {
  const shown: number[] = [];
  const give = newestOnly<number>(async (frame) => {
    shown.push(frame);
    if (frame === 1) throw new Error('gone');
  });
  give(1);
  give(2);
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  expect(shown).toEqual([1, 2]);
});
