import { expect, test } from 'vitest';
import { stopInOrder } from './stop-in-order.ts';

test('what hangs or fails is told and holds nothing up that comes after it', async () => {
  const done: string[] = [];
  const told: unknown[] = [];
  const log = { warn: (fields: { part: string }) => void told.push(fields.part) } as unknown as Parameters<typeof stopInOrder>[1]; // Only `warn` of that shape is called.
  await stopInOrder(
    [
      { name: 'first', ms: 5000, stop: async () => done.push('first') },
      { name: 'hangs', ms: 20, stop: () => new Promise(() => undefined) },
      { name: 'fails', ms: 5000, stop: () => Promise.reject(new Error('gone')) },
      {
        name: 'throws',
        ms: 5000,
        stop: () => {
          throw new Error('gone at once');
        },
      },
      { name: 'last', ms: 5000, stop: () => void done.push('last') },
    ],
    log,
  );
  expect(done).toEqual(['first', 'last']);
  expect(told).toEqual(['hangs', 'fails', 'throws']);
});
