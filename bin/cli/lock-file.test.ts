import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdLock } from './lock-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-lock-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const never = new AbortController().signal;

test('of many that want it at once only one holds it', async () => {
  const path = join(folder, 'crowd');
  let holders = 0;
  let most = 0;
  const enter = async () => {
    await using _lock = await holdLock(path, never);
    holders += 1;
    most = Math.max(most, holders);
    await new Promise(setImmediate);
    holders -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, enter));
  expect(most).toBe(1);
});

test('the lock of a process that is gone is taken over', async () => {
  const path = join(folder, 'gone');
  // Process ids end at 4,194,304 on Linux and far below elsewhere.
  await writeFile(path, '99999999');
  await using lock = await holdLock(path, never);
  expect(lock).toBeDefined();
});

test('a lock that is a minute old is taken over whatever its holder says', async () => {
  const path = join(folder, 'old');
  await writeFile(path, String(process.pid));
  await utimes(path, new Date(0), new Date(0));
  await using lock = await holdLock(path, never);
  expect(lock).toBeDefined();
});

test('waiting for a lock can be stopped', async () => {
  const path = join(folder, 'held');
  await using _lock = await holdLock(path, never);
  const controller = new AbortController();
  const waiting = holdLock(path, controller.signal);
  controller.abort();
  await expect(waiting).rejects.toThrow(/abort/i);
});
