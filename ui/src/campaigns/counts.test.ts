import { expect, test } from 'vitest';
import { doneOf, outOf, partsOf, underWayOf } from './counts.ts';
import type { Counts } from './use-campaigns.ts';

const none: Counts = {
  total: 0,
  planned: 0,
  claimed: 0,
  committing: 0,
  sent: 0,
  delivered: 0,
  read: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
  uncertain: 0,
  replies: 0,
};
const some: Counts = {
  ...none,
  total: 20,
  planned: 6,
  claimed: 1,
  committing: 1,
  sent: 3,
  delivered: 2,
  read: 4,
  failed: 1,
  skipped: 1,
  uncertain: 1,
};

test('every state of a delivery is counted once: done, under way or planned', () => {
  expect(outOf(some)).toBe(9);
  expect(doneOf(some) + underWayOf(some) + some.planned).toBe(some.total);
});

test('the bar shows what there is, the best first, and nothing else', () => {
  expect(partsOf(some).map((part) => part.key)).toEqual(['read', 'delivered', 'sent', 'uncertain', 'failed', 'skipped']);
  expect(partsOf(none)).toEqual([]);
});
