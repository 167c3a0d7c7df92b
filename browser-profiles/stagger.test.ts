import { expect, test } from 'vitest';
import { Stagger, type StaggerClock } from './stagger.ts';

/** Time passes when it is told to, and only while somebody waits for it. */
function fakeClock() {
  let now = 0;
  const waiting = new Set<{ at: number; go: () => void }>();
  let dice = 0;
  const clock: StaggerClock = {
    now: () => now,
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        const one = { at: now + ms, go: resolve };
        waiting.add(one);
        const stop = () => {
          waiting.delete(one);
          reject(signal.reason);
        };
        signal.addEventListener('abort', stop, { once: true });
      }),
    random: () => {
      dice = (dice + 0.37) % 1;
      return dice;
    },
  };
  const rest = async () => {
    for (let n = 0; n < 20; n += 1) await Promise.resolve();
  };
  return {
    clock,
    rest,
    async pass(ms: number): Promise<void> {
      for (const end = now + ms; ; ) {
        await rest();
        const [next] = [...waiting].toSorted((a, b) => a.at - b.at);
        if (!next || next.at > end) {
          now = end;
          return rest();
        }
        now = next.at;
        waiting.delete(next);
        next.go();
      }
    },
  };
}
const never = new AbortController().signal;

test('twenty-four browsers that are wanted at once begin one after another, at uneven distances, in order', async () => {
  const { clock, pass } = fakeClock();
  const stagger = new Stagger(1000, clock);
  const begun: number[] = [];
  const order: number[] = [];
  const starts = Array.from({ length: 24 }, (_none, n) =>
    stagger.run(async () => {
      begun.push(clock.now());
      order.push(n);
      await clock.wait(90_000, never);
    }, never),
  );
  await pass(40_000);
  const gaps = begun.slice(1).map((at, n) => at - (begun[n] ?? 0));
  expect(order).toEqual([...starts.keys()]);
  expect(begun[0]).toBe(0);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...gaps)).toBeLessThan(1500);
  expect(new Set(gaps.map(Math.round)).size).toBeGreaterThan(10);
  await pass(100_000);
  await Promise.all(starts);
});

test('nobody waits for a browser that has opened, failed, or was given up', async () => {
  const { clock, pass, rest } = fakeClock();
  const stagger = new Stagger(1000, clock);
  const begun: string[] = [];
  const start = (name: string, ms: number, signal = never) =>
    stagger.run(async () => {
      begun.push(`${name} at ${clock.now()}`);
      await clock.wait(ms, never);
      if (name === 'fails') throw new Error('no page');
    }, signal);
  const leaver = new AbortController();
  const fails = start('fails', 100);
  const left = start('left', 100, leaver.signal);
  const next = start('next', 100);
  const refused = Promise.all([expect(fails).rejects.toThrow('no page'), expect(left).rejects.toThrow('changed my mind')]);
  await rest();
  leaver.abort(new Error('changed my mind'));
  await pass(100);
  await refused;
  await pass(100);
  await next;
  const alone = start('alone', 100);
  await pass(100);
  await alone;
  expect(begun).toEqual(['fails at 0', 'next at 100', 'alone at 200']);
});
