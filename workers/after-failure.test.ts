import { expect, test } from 'vitest';
import type { Capabilities } from '#core/channel.ts';
import { Failure, type FailureCode } from '#core/failure.ts';
import { type Attempted, afterFailure } from './after-failure.ts';
import { OverLimit } from './over-limit.ts';

const mail: Capabilities = { addressedBy: 'email', reports: ['sent'], canConfirm: false, canRead: false, parallel: 5, maxTextLength: 1000 };
const now = new Date('2026-03-09T10:00:00Z');
const after = (code: FailureCode, more: Partial<Attempted> = {}) =>
  afterFailure({
    id: 'd',
    attempt: 1,
    deferredSince: null,
    isNewContact: false,
    isPlanned: true,
    failure: new Failure(code),
    isCommitted: true,
    capabilities: mail,
    now,
    ...more,
  });

test('a mail server that is away makes the lane wait and no delivery uncertain', () => {
  const until = new Date(now.getTime() + 30_000);
  expect(after('mail_unreachable')).toMatchObject({ is: 'outcome', outcome: { is: 'retry', until }, laneWait: { reason: 'not_ready', until } });
  expect(after('mail_sign_in')).toMatchObject({ outcome: { is: 'retry' }, laneWait: { reason: 'needs_person' } });
  expect(after('mail_unreachable', { isCommitted: false })).toMatchObject({ is: 'lane_waits', until });
  expect(after('mail_unreachable', { attempt: 50 })).toMatchObject({ outcome: { is: 'retry' } });
});

test('a connection that broke in the middle of a mail is uncertain, on a channel that can look again it is confirmed', () => {
  expect(after('not_proven')).toMatchObject({ outcome: { is: 'uncertain' } });
  expect(after('not_proven', { capabilities: { ...mail, canConfirm: true } })).toMatchObject({ outcome: { is: 'confirming' } });
});

test('what the server said counts: refused is final, deferred is tried again later each time', () => {
  expect(after('mail_refused')).toMatchObject({ outcome: { is: 'failed' } });
  const triedAfterMinutes: number[] = [];
  let at = now;
  for (let deferredSince: Date | null = null; triedAfterMinutes.length < 100; deferredSince = now) {
    const verdict = after('mail_deferred', { deferredSince, now: at, attempt: 50 });
    if (verdict.is !== 'outcome' || verdict.outcome.is !== 'retry') break;
    at = verdict.outcome.until;
    triedAfterMinutes.push((at.getTime() - now.getTime()) / 60_000);
  }
  expect(triedAfterMinutes.slice(0, 8)).toEqual([5, 10, 20, 40, 80, 160, 320, 560]);
  expect(triedAfterMinutes.at(-1)).toBe(72 * 60);
  expect(after('mail_deferred', { deferredSince: now, now: at })).toMatchObject({ outcome: { is: 'failed', reason: 'mail_deferred' } });
});

test('a commit that was refused sends its delivery back and lets the lane look again, it fails nobody', () => {
  const until = new Date(now.getTime() + 1000);
  expect(after('wrong_state', { isCommitted: false, attempt: 50 })).toEqual({ is: 'lane_waits', reason: 'in_line', until });
});

test('a commit that would be over a limit puts its delivery off, and the lane when the limit is the lane’s', () => {
  const until = new Date(now.getTime() + 5000);
  const over = (holdsLane: boolean) => afterFailure({ ...attempted, failure: new OverLimit({ reason: 'recipient_limit', until, holdsLane }) });
  const attempted = { id: 'd', attempt: 50, deferredSince: null, isNewContact: false, isPlanned: true, isCommitted: false, capabilities: mail, now };
  const outcome = { id: 'd', is: 'waits', reason: 'recipient_limit', until };
  expect(over(false)).toEqual({ is: 'outcome', outcome });
  expect(over(true)).toEqual({ is: 'outcome', outcome, laneWait: { reason: 'recipient_limit', until } });
});

test('a restriction puts off whoever is new, and stops the lane only when somebody known cannot be reached either', () => {
  const until = new Date(now.getTime() + 600_000);
  const refused = { isCommitted: false } as const;
  expect(after('restricted', { ...refused, isNewContact: true })).toEqual({
    is: 'outcome',
    outcome: { id: 'd', is: 'waits', reason: 'restricted', until },
  });
  expect(after('restricted', refused)).toEqual({ is: 'lane_waits', reason: 'restricted', until });
});
