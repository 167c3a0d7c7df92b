import { expect, test } from 'vitest';
import type { ProfileState } from '#core/profile.ts';
import { byAttention, countGroups, fitsWall, nextStep } from './attention.ts';
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
    },
    ...{
      unread: 0,
      uncertain: 0,
      lastError: null,
      lastErrorAt: null,
      proxyId: null,
      proxyName: null,
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

test('a filter finds by group, channel and words of name, identity or proxy', () => {
  const one = profile('Anna', 'ready', { identity: '+49 30 1234', proxyName: 'Berlin exit' });
  expect(fitsWall(one, { group: 'ready', channel: 'whatsapp-web', words: 'berlin' })).toBe(true);
  expect(fitsWall(one, { group: 'all', channel: 'converse', words: '' })).toBe(false);
  expect(fitsWall(one, { group: 'failed', channel: 'all', words: '' })).toBe(false);
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
