import { expect, test } from 'vitest';
import { Failure } from '#core/failure.ts';
import { inBulk } from './bulk.ts';

test('many are done four at a time, and one that is refused is named and holds up no other', async () => {
  const all = Array.from({ length: 30 }, (_, nth) => ({ name: `profile ${nth}` }));
  let [running, most] = [0, 0];
  const outcome = await inBulk(all, async ({ name }) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running -= 1;
    if (name === 'profile 7') throw new Failure('wrong_state');
  });
  expect(most).toBe(4);
  expect(outcome).toMatchObject({ done: 29, refused: [{ name: 'profile 7', failure: { code: 'wrong_state' } }] });
});
