import { expect, test } from 'vitest';
import type { ProfileState } from '#core/profile.ts';
import { byAttention, countGroups, everything, fitsWall, nextStep, type WallFilter } from './attention.ts';
import type { Profile } from './use-profiles.ts';

function profile(name: string, state: ProfileState, more: Partial<Profile> = {}): Profile {
  const at = '2026-03-12T12:00:00Z';
  return {
    ...{
      id: name,
      name,
      channel: 'whatsapp-web',
      identity: null,
      pausedAt: null,
      pauseReason: null,
      queued: 0,
      nextAt: null,
      waitReason: null,
      usedToday: 0,
      limitToday: 150,
      warmUp: null,
    },
    ...{
      unread: 0,
      uncertain: 0,
      lastError: null,
      lastErrorAt: null,
      proxyId: null,
      proxyName: null,
      group: '',
      notes: '',
      exitCountry: null,
      launchedAt: null,
      tags: [],
      control: null,
      poolId: null,
      poolName: null,
      mismatch: null,
      goesOut: 'direct',
      baseUrl: 'http://127.0.0.1',
      locale: 'en-US',
      zone: 'UTC',
    },
    ...{
      stealth: false,
      pace: {},
      ceilings: {},
      wanted: 'running',
      state,
      stateWhy: null,
      stateAt: at,
      stateUntil: null,
      hasCredentials: false,
      isAsleep: false,
      kept: null,
      keptWhy: null,
      usage: null,
      createdAt: at,
      updatedAt: at,
    },
    ...more,
  };
}

test('who needs a person stands first, and unread before read', () => {
  const wall = [
    profile('b', 'ready'),
    profile('c', 'stopped'),
    profile('a', 'ready', { unread: 2 }),
    profile('d', 'failed'),
    profile('e', 'needs_qr'),
  ];
  expect(wall.toSorted(byAttention).map((one) => one.name)).toEqual(['e', 'd', 'a', 'b', 'c']);
});

test('filters find by state, channel, group, tag, proxy and words, all of them at once', () => {
  const one = profile('Anna', 'ready', {
    identity: '+49 30 1234',
    proxyId: 'p1',
    proxyName: 'Berlin exit',
    goesOut: 'proxy',
    group: 'Shops',
    tags: ['vip'],
  });
  const fits = (filter: Partial<WallFilter>) => fitsWall(one, { ...everything, ...filter });
  expect(fits({ state: 'ready', channel: 'whatsapp-web', group: 'Shops', tag: 'vip', proxy: 'p1', words: 'berlin' })).toBe(true);
  for (const other of [
    { state: 'failed' },
    { channel: 'converse' },
    { group: 'Fairs' },
    { tag: 'old' },
    { proxy: 'direct' },
    { words: 'Ben' },
  ] as const)
    expect(fits(other), JSON.stringify(other)).toBe(false);
  expect(fitsWall(profile('Ben', 'ready'), { ...everything, proxy: 'direct' })).toBe(true);
  expect(fits({ words: 'VIP' })).toBe(true);
});

test('only groups that occur are offered, those that need somebody first', () => {
  expect(countGroups([profile('a', 'ready'), profile('b', 'needs_code'), profile('c', 'ready')])).toEqual([
    { group: 'needs_you', count: 1 },
    { group: 'ready', count: 2 },
  ]);
});

test('each state offers the one thing to do next, or nothing', () => {
  expect((['qr_expired', 'stopped', 'failed', 'unknown', 'ready', 'syncing'] as const).map((state) => nextStep(profile('a', state)))).toEqual([
    'log_in',
    'start',
    'start',
    'look',
    null,
    null,
  ]);
});
