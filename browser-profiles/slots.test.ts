import { expect, test } from 'vitest';
import { Slots } from './slots.ts';

const signal = new AbortController().signal;

test('who waits is served in order of arrival, and who steps out is skipped', async () => {
  const slots = new Slots(1, async () => false);
  await slots.take(signal);
  const served: string[] = [];
  const impatient = new AbortController();
  const waiting = [
    slots.take(signal).then(() => served.push('first')),
    slots.take(impatient.signal).catch(() => served.push('left')),
    slots.take(signal).then(() => served.push('third')),
  ];
  impatient.abort();
  slots.give();
  slots.give();
  await Promise.all(waiting);
  expect(served).toEqual(['left', 'first', 'third']);
});

test('as many browsers are asked to make room as wait, not more', async () => {
  let asked = 0;
  const closing: (() => void)[] = [];
  const slots = new Slots(2, async () => {
    asked += 1;
    await new Promise<void>((resolve) => void closing.push(resolve));
    slots.give();
    return true;
  });
  await Promise.all([slots.take(signal), slots.take(signal)]);
  const one = slots.take(signal);
  slots.nudge();
  slots.nudge();
  expect(asked).toBe(1);
  const two = slots.take(signal);
  expect(asked).toBe(2);
  for (const close of closing) close();
  await Promise.all([one, two]);
  slots.nudge();
  expect(asked).toBe(2);
});

test('when nothing is idle the next nudge asks again', async () => {
  let isIdle = false;
  const slots = new Slots(1, async () => {
    if (isIdle) slots.give();
    return isIdle;
  });
  await slots.take(signal);
  const waiting = slots.take(signal);
  await Promise.resolve();
  isIdle = true;
  await new Promise((resolve) => setImmediate(resolve));
  slots.nudge();
  await waiting;
});

test('while memory is short fewer are let in, yet always one; those who wait come in when there is more again', async () => {
  const slots = new Slots(4, async () => false);
  slots.limit(0);
  await slots.take(signal);
  let entered = 0;
  const waiting = [1, 2].map(() =>
    slots.take(signal).then(() => {
      entered += 1;
    }),
  );
  await Promise.resolve();
  expect(entered).toBe(0);
  slots.limit(3);
  await Promise.all(waiting);
  slots.limit(2);
  const last = slots.take(signal).then(() => {
    entered += 1;
  });
  slots.give();
  await Promise.resolve();
  expect(entered).toBe(2);
  slots.give();
  await last;
});
