import { expect, test } from 'vitest';
import type { ProfileState } from '#core/profile.ts';
import { ScreenJudge, type Seen } from './screen-judge.ts';

/** Looks every three seconds, as the desk does while a profile is ready; answers the states it went through and when it was given up. */
function play(looks: { seen: Seen; isSilent?: boolean }[]): string[] {
  const judge = new ScreenJudge(0);
  let state: ProfileState = 'ready';
  return looks.map(({ seen, isSilent = false }, nth) => {
    const verdict = judge.judge(seen, { state, isSilent, now: nth * 3000 });
    if (verdict.is === 'shows') state = verdict.state;
    return verdict.is === 'shows' ? state : verdict.is;
  });
}
const ready = { seen: { is: 'ready', why: null } } as const;
const frozen = { seen: null };

test('one look that fails is a busy machine; the second in a row takes ready away, the next that answers gives it back', () => {
  expect(play([ready, frozen, ready, frozen, frozen, frozen, ready])).toEqual([
    'ready',
    'nothing',
    'ready',
    'nothing',
    'loading',
    'loading',
    'ready',
  ]);
});

test('a page that shows ready while its messenger has fallen silent is not ready', () => {
  const silent = { ...ready, isSilent: true };
  expect(play([ready, silent, silent, ready])).toEqual(['ready', 'loading', 'loading', 'ready']);
});

test('a page that stays frozen is given up, one that only loads for long is not', () => {
  expect(play([ready, ...Array<typeof frozen>(18).fill(frozen)]).slice(-2)).toEqual(['loading', 'dead']);
  const judge = new ScreenJudge(0);
  for (let look = 0; look < 40; look += 1)
    expect(judge.judge(null, { state: 'loading', isSilent: false, now: look * 3000 })).toEqual({ is: 'nothing' });
});

test('nothing known is loading for half a minute, then unknown', () => {
  const judge = new ScreenJudge(0);
  const look = (now: number) => judge.judge({ is: 'unknown', why: null }, { state: 'loading', isSilent: false, now });
  expect([look(1000), look(29_000), look(31_000)]).toMatchObject([{ state: 'loading' }, { state: 'loading' }, { state: 'unknown' }]);
});
