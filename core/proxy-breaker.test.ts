import fc from 'fast-check';
import { expect, test } from 'vitest';
import { afterTry, type Breaker, breakerRules, breakerState, failureShareOf } from './proxy-breaker.ts';

const start = new Date('2026-03-01T12:00:00Z');
const later = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const fresh: Breaker = { failures: 0, openedAt: null, retryAt: null, trips: 0, tries: '' };
const failed = { ok: false, isTrial: false };
const openOf = (breaker: Breaker = fresh) => [1, 2, 3].reduce((before) => afterTry(before, failed, start), breaker);

test('three failures in a row open it, two and a success between do not', () => {
  const twice = afterTry(afterTry(fresh, failed, start), failed, start);
  expect(breakerState(twice, start)).toBe('closed');
  expect(breakerState(afterTry(afterTry(twice, { ok: true, isTrial: false }, start), failed, start), start)).toBe('closed');
  expect(openOf()).toMatchObject({ failures: 3, openedAt: start, retryAt: later(30), trips: 1 });
  expect([breakerState(openOf(), later(29)), breakerState(openOf(), later(30))]).toEqual(['open', 'half_open']);
});

test('each trial that fails doubles the wait up to a quarter of an hour; failures beside it change nothing', () => {
  expect(afterTry(openOf(), failed, later(20)).retryAt).toEqual(later(30));
  let breaker = openOf();
  const waits: number[] = [];
  for (let trial = 0; trial < 7; trial += 1) {
    const at = breaker.retryAt ?? start;
    breaker = afterTry(breaker, { ok: false, isTrial: true }, at);
    waits.push(((breaker.retryAt?.getTime() ?? 0) - at.getTime()) / 1000);
  }
  expect(waits).toEqual([60, 120, 240, 480, 900, 900, 900]);
  expect(breaker.openedAt).toEqual(start);
});

test('whatever came before, one success closes it and forgets the waits', () => {
  const tries = fc.array(fc.record({ ok: fc.boolean(), isTrial: fc.boolean() }), { maxLength: 80 });
  fc.assert(
    fc.property(tries, (before) => {
      const reached = before.reduce((breaker, one) => afterTry(breaker, one, start), fresh);
      expect(reached.tries.length).toBeLessThanOrEqual(breakerRules.triesKept);
      const closed = afterTry(reached, { ok: true, isTrial: false }, start);
      expect({ ...closed, tries: '' }).toEqual(fresh);
      expect(breakerState(openOf(closed), start)).toBe('open');
      expect(openOf(closed).retryAt).toEqual(later(30));
    }),
  );
});

test('the share of failures counts the newest tries and says nothing of none', () => {
  expect([failureShareOf(''), failureShareOf('1'), failureShareOf('1000')]).toEqual([null, 0, 0.75]);
});
