import { expect, test } from 'vitest';
import { createLines } from './lines.ts';

test('one that is slow holds up no other, and its line takes nothing else meanwhile', async () => {
  const lines = createLines();
  const slow = Promise.withResolvers<void>();
  const done: string[] = [];
  const work =
    (name: string, until: Promise<void> = Promise.resolve()) =>
    () =>
      until.then(() => void done.push(name));
  lines.begin('slow', work('slow', slow.promise));
  lines.begin('slow', work('again'));
  lines.begin('other', work('other'));
  await expect.poll(() => done).toEqual(['other']);
  expect(lines.size).toBe(1);
  slow.resolve();
  await lines.settled();
  expect(done).toEqual(['other', 'slow']);
  lines.begin('slow', work('again'));
  await lines.settled();
  expect(done).toEqual(['other', 'slow', 'again']);
});
