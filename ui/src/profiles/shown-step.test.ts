import { expect, test } from 'vitest';
import { firstShown, lastImage, partsOf } from './shown-step.ts';

const step = (ok: boolean, hasImage = false) => ({ ok, hasImage });

test('a run opens at the step that failed, within the steps around it, else at its last picture', () => {
  expect(firstShown([step(true, true), step(false, true), step(false)])).toBe(1);
  expect(firstShown([step(true), step(true, true), step(true)])).toBe(1);
  expect(firstShown([step(true), step(true)])).toBe(0);
});

test('before a step the page looked as the last picture before it shows', () => {
  const steps = [step(true), step(true, true), step(true), step(false, true)];
  expect([0, 1, 2, 3].map((at) => lastImage(steps, at))).toEqual([null, 1, 1, 3]);
});

test('a step is named by the flows around it, what it does, and on what', () => {
  expect(partsOf('openGroup/click:results')).toEqual({ within: ['openGroup'], kind: 'click', subject: 'results' });
  expect(partsOf('prove')).toEqual({ within: [], kind: 'prove', subject: '' });
});
