import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createTokens } from './tokens.ts';

const holder = { personId: randomUUID(), workspaceId: randomUUID(), sessionId: randomUUID(), role: 'admin' as const };
const make = (clock: { now: Date }, key = Buffer.alloc(32, 1)) => createTokens({ key, accessMinutes: 30, refreshDays: 7, now: () => clock.now });

test('an access token says who holds it, and for how long', async () => {
  const clock = { now: new Date('2030-01-01T00:00:00Z') };
  const tokens = make(clock);
  const { token, expiresAt } = await tokens.issueAccess(holder);
  expect(expiresAt.toISOString()).toBe('2030-01-01T00:30:00.000Z');
  expect(await tokens.readAccess(token)).toEqual({
    personId: holder.personId,
    workspaceId: holder.workspaceId,
    sessionId: holder.sessionId,
    expiresAt,
  });
});

test('an access token ends after its minutes', async () => {
  const clock = { now: new Date('2030-01-01T00:00:00Z') };
  const tokens = make(clock);
  const { token } = await tokens.issueAccess(holder);
  clock.now = new Date('2030-01-01T00:30:01Z');
  await expect(tokens.readAccess(token)).rejects.toMatchObject({ code: 'session_ended' });
});

test('a token signed with another key, or with none, opens nothing', async () => {
  const clock = { now: new Date() };
  const { token } = await make(clock, Buffer.alloc(32, 2)).issueAccess(holder);
  await expect(make(clock).readAccess(token)).rejects.toMatchObject({ code: 'signed_out' });
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`;
  await expect(make(clock).readAccess(unsigned)).rejects.toMatchObject({ code: 'signed_out' });
});

test('a refresh token names its session and is stored as a hash only', () => {
  const tokens = make({ now: new Date() });
  const made = tokens.makeRefresh(holder.sessionId);
  expect(tokens.readRefresh(made.token)).toEqual({ sessionId: holder.sessionId, hash: made.hash });
  expect(made.hash.toString('utf8')).not.toContain(made.token.split('.')[1]);
  expect(() => tokens.readRefresh('nonsense')).toThrow(expect.objectContaining({ code: 'session_ended' }));
});
