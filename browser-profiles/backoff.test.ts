import { expect, test } from 'vitest';
import { Backoff, usualBackoff } from './backoff.ts';

test('each crash doubles the wait up to five minutes, with up to half of it left to chance', () => {
  const backoff = new Backoff(usualBackoff);
  expect(backoff.waitMs).toBe(0);
  for (const fullMs of [2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]) {
    backoff.fail(0);
    expect(backoff.waitMs).toBeLessThanOrEqual(fullMs);
    expect(backoff.waitMs).toBeGreaterThan(fullMs / 2 - 100);
  }
});

test('five minutes of being ready forgive what was before, and a person need not wait', () => {
  const backoff = new Backoff(usualBackoff);
  for (let crash = 0; crash < 6; crash += 1) backoff.fail(1_000);
  backoff.override();
  expect(backoff.waitMs).toBe(0);
  backoff.fail(1_000);
  expect(backoff.waitMs).toBeGreaterThan(60_000);
  backoff.fail(usualBackoff.resetAfterMs);
  expect(backoff.waitMs).toBeLessThanOrEqual(usualBackoff.firstMs);
});
