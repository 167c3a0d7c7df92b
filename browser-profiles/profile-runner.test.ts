import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { usualBackoff } from './backoff.ts';
import { ProfileRunner } from './profile-runner.ts';
import { Slots } from './slots.ts';
import { Stagger } from './stagger.ts';
import { memoryLeases } from './testing/memory-leases.ts';
import { specOf } from './testing/open-host.ts';

test('a profile that is stopped while it waits for its slot does not come back for it', async () => {
  const signal = new AbortController().signal;
  const slots = new Slots(1, async () => false);
  await slots.take(signal);
  const runner = new ProfileRunner({
    profileId: 'a',
    launch: { browserPath: null, dataDir: '/nowhere', sandbox: false, log: { info: () => undefined, warn: () => undefined } },
    leases: memoryLeases(),
    slots,
    stagger: new Stagger(),
    watchdog: () => {
      throw new Error('Nothing is to be launched');
    },
    snapshots: null,
    backoff: usualBackoff,
    sealMs: 0,
    tell: () => undefined,
  });
  const starting = runner.start(specOf('a', 'http://x/'), signal);
  await expect.poll(() => slots.isWaitedFor).toBe(true);
  await Promise.all([expect(starting).rejects.toMatchObject({ code: 'not_ready' }), runner.stop('asked')]);
  // One that came back would stand in line by now: its first try waits for nothing.
  await wait(20);
  expect(slots.isWaitedFor).toBe(false);
});
