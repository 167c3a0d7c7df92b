import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createTestDatabase } from '#e2e/test-database.ts';
import { databaseClock } from '#sql/clock.ts';
import { createMediaStore } from '#sql/media-store.ts';
import { createQueue, openQueue } from '#sql/queue.ts';
import { createSealer } from '#sql/sealed.ts';
import { startTicks } from './ticks.ts';

test('every tick runs on an empty database, again and again, and none fails; a lane whose slice threw is rung by the next sweep', async () => {
  await using base = await createTestDatabase();
  const boss = await openQueue(base.url, { role: 'sends', onError: () => undefined });
  const lines: string[] = [];
  const alive = Promise.withResolvers<void>();
  const forgot = Promise.withResolvers<void>();
  const rang = Promise.withResolvers<string>();
  const none = async () => undefined;
  const ticks = startTicks({
    webhooks: async () => undefined,
    askPlatforms: async () => undefined,
    webhookDays: 30,
    boxes: none,
    turns: none,
    bots: none,
    files: none,
    hooks: none,
    notices: none,
    reports: none,
    db: base.db,
    queue: createQueue(boss),
    alive: async () => alive.resolve(),
    clock: databaseClock(base.db),
    acts: { act: none, openUnheld: none, readAll: none },
    sleepers: { settle: none, lookIn: none },
    measure: none,
    settleProxies: none,
    forget: async () => forgot.resolve(),
    mediaStore: createMediaStore(base.db, createSealer('a key that only tests use, nowhere else')),
    ring: async ({ accountId }) => rang.resolve(accountId),
    broken: new Map([['one', { workspaceId: 'any', accountId: 'one' }]]),
    tell: () => undefined,
    log: pino({ level: 'warn' }, { write: (line) => void lines.push(line) }),
  });
  await Promise.all([alive.promise, forgot.promise]);
  expect(await rang.promise).toBe('one');
  ticks.stop();
  await boss.stop({ graceful: false });
  expect(lines).toEqual([]);
});
