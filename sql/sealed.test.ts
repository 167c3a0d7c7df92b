import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '#core/failure.ts';
import { createSealer } from './sealed.ts';

const secret = 'a secret that is long enough, 32+';
const sealer = createSealer(secret);
const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return 'none';
};

test('what was sealed opens to the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(sealer.open(sealer.seal(Buffer.from(bytes)))).toEqual(Buffer.from(bytes));
    }),
  );
  expect(sealer.openText(sealer.seal('Zoë 🔑'))).toBe('Zoë 🔑');
});

test('the same text sealed twice looks different, and shows nothing of itself', () => {
  const [one, two] = [sealer.seal('hunter2'), sealer.seal('hunter2')];
  expect(one.equals(two)).toBe(false);
  expect(one.includes('hunter2')).toBe(false);
});

test('a changed byte, wherever it is, is noticed', () => {
  const sealed = sealer.seal('a proxy password');
  for (const index of sealed.keys()) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(
      codeOf(() => sealer.open(changed)),
      `byte ${index}`,
    ).toBe(index < 5 ? 'key_missing' : 'broken');
  }
});

test('bytes that were cut off are refused as a failure, however short', () => {
  const sealed = sealer.seal('a token');
  for (const length of sealed.keys())
    expect(
      codeOf(() => sealer.open(sealed.subarray(0, length))),
      `${length} bytes`,
    ).toBe(length < 5 ? 'key_missing' : 'broken');
});

test('after a change of key old rows still open, and new ones need the new key', () => {
  const newer = createSealer('another secret of enough length!!', [secret]);
  expect(newer.openText(sealer.seal('old'))).toBe('old');
  expect(codeOf(() => sealer.open(newer.seal('new')))).toBe('key_missing');
});

test('a short secret is refused with what to do', () => {
  expect(codeOf(() => createSealer('short'))).toBe('key_missing');
});

test('keys for two purposes differ, and stay the same after a restart', () => {
  expect(sealer.derive('tokens').equals(sealer.derive('cookies'))).toBe(false);
  expect(sealer.derive('tokens').equals(createSealer(secret).derive('tokens'))).toBe(true);
});
