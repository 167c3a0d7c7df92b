import { expect, test } from 'vitest';
import { type ConnectionFacts, connectionStateOf, endOfConnection, mayRefresh } from './connection.ts';
import { endOfGraphVersion } from './graph-version.ts';

const now = new Date('2026-11-21T12:00:00Z');
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);
const facts: ConnectionFacts = { disconnectedAt: null, brokenAt: null, tokenEndsAt: null, dataEndsAt: null, graphVersion: 'v25.0' };

test.each<[string, Partial<ConnectionFacts>, string]>([
  ['that no time ends is connected', {}, 'connected'],
  ['with 15 days left is connected', { tokenEndsAt: inDays(15) }, 'connected'],
  ['with 14 days left expires soon', { tokenEndsAt: inDays(14) }, 'expires_soon'],
  ['whose app may soon see no data expires soon', { dataEndsAt: inDays(3) }, 'expires_soon'],
  ['on a version that Meta has ended expires soon', { graphVersion: 'v20.0' }, 'expires_soon'],
  ['whose token has ended is expired, whatever else is wrong', { tokenEndsAt: now, brokenAt: now }, 'expired'],
  ['whose token is refused is broken', { brokenAt: now, tokenEndsAt: inDays(40) }, 'broken'],
  ['that was disconnected stays so', { disconnectedAt: now, brokenAt: now, tokenEndsAt: inDays(-1) }, 'disconnected'],
])('a connection %s', (_what, given, state) => {
  expect(connectionStateOf({ ...facts, ...given }, now)).toBe(state);
});

test('what ends first is named', () => {
  expect(endOfConnection({ ...facts, tokenEndsAt: inDays(50), dataEndsAt: inDays(40) })).toEqual({ what: 'data', at: inDays(40) });
  expect(endOfConnection({ ...facts, graphVersion: 'v26.0' })).toBeNull();
});

test('an Instagram token is refreshed from its second day to its last, once few days are left', () => {
  const token = { login: 'instagram' as const, tokenAt: inDays(-45), tokenEndsAt: inDays(15) };
  expect(mayRefresh(token, now)).toBe(true);
  expect(mayRefresh({ ...token, tokenEndsAt: inDays(21) }, now)).toBe(false);
  expect(mayRefresh({ ...token, tokenEndsAt: now }, now)).toBe(false);
  expect(mayRefresh({ ...token, tokenAt: inDays(-0.9) }, now)).toBe(false);
  expect(mayRefresh({ ...token, login: 'facebook' }, now)).toBe(false);
});

test('versions end as Meta says; an unknown older one has ended', () => {
  expect(['v19.0', 'v22.0', 'v27.0'].map((version) => endOfGraphVersion(version)?.toISOString() ?? null)).toEqual([
    '2026-09-24T00:00:00.000Z',
    '2027-05-20T00:00:00.000Z',
    null,
  ]);
});
