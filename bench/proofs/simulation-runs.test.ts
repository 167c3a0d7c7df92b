import { expect, test } from 'vitest';
import { drawAndJudge } from './simulation-runs.ts';

test('in random plans everybody gets their turn, nothing goes that may not, and no account stands still while it may send', () => {
  expect(Array.from({ length: 60 }, (_, seed) => drawAndJudge(seed + 1)).flat()).toEqual([]);
});
