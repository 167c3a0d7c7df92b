import { expect, test } from 'vitest';
import { planKills, victims } from './kill-plan.ts';
import { latencyFor } from './patience.ts';
import { splitOf } from './split.ts';
import { ways } from './way.ts';

const said = (kills: number, seed: number) => planKills(kills, seed).map(({ victim, way, moment }) => `${victim} ${way} ${moment}`);

test('four kills are one of each victim and meet every way; two hundred are as many of each, and a seed repeats them', () => {
  for (const seed of [1, 2, 3]) {
    const share = planKills(4, seed);
    expect(share.map(({ victim }) => victim).toSorted()).toEqual([...victims].toSorted());
    expect(new Set(share.map(({ way }) => way))).toEqual(new Set(ways));
  }
  const whole = Map.groupBy(planKills(200, 1), ({ victim, way }) => `${victim} ${way}`);
  expect(whole.get('browser web')).toHaveLength(50);
  for (const victim of victims.slice(0, 3)) for (const way of ways) expect(whole.get(`${victim} ${way}`)?.length).toBeGreaterThanOrEqual(16);
  expect(said(200, 7)).toEqual(said(200, 7));
  expect(said(200, 7)).not.toEqual(said(200, 8));
});

test('people are dealt out by the parts, and the stand-ins take their time so that as many are left as there are kills to come', () => {
  expect(splitOf(2000, '1:2:3')).toEqual({ numbers: 2, phones: 1000, mails: 1000 });
  expect(() => splitOf(2000, '2:2:3')).toThrow('no split');
  // 5 mails for each kill of ten seconds, four at once: one in eight seconds on each connection.
  expect(latencyFor({ way: 'mail', left: 1000, atOnce: 4 }, { killsLeft: 200, killMs: 10_000 })).toBe(8000);
  expect(latencyFor({ way: 'web', left: 333, atOnce: 1 }, { killsLeft: 200, killMs: 10_000 })).toBe(2002);
  expect(latencyFor({ way: 'meta', left: 500, atOnce: 1 }, { killsLeft: 0, killMs: 10_000 })).toBe(150);
});
