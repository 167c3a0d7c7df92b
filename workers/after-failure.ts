import type { Capabilities } from '#core/channel.ts';
import type { Failure, FailureCode } from '#core/failure.ts';
import type { Outcome } from '#sql/deliveries.ts';
import { afterPlatformFailure, isOfPlatform } from './after-platform-failure.ts';
import { OverLimit } from './over-limit.ts';
import { withSecondTry } from './second-try.ts';

/** What follows from a failure of one send: an outcome for the delivery, or a reason for the whole lane to wait. */
export type Verdict = OutcomeVerdict | ({ is: 'lane_waits' } & LaneWait);
export type OutcomeVerdict = { is: 'outcome'; outcome: Outcome } & Follows;
/** What an official platform's word means beyond its one message. */
export type Follows = {
  laneWait?: LaneWait;
  /** What rests until a person resumes it. */
  pauses?: 'campaign' | 'account';
  /** The platform says that the person wants no more. */
  suppresses?: true;
  /** Who has to know. */
  tells?: 'operator' | 'admin';
};
export type LaneWait = { reason: string; until: Date };
export type Attempted = {
  id: string;
  attempt: number;
  /** Since when its mail server has put it off; null: not yet. */
  deferredSince: Date | null;
  isNewContact: boolean;
  /** Of a campaign, which can be paused. */
  isPlanned: boolean;
  failure: Failure;
  isCommitted: boolean;
  capabilities: Capabilities;
  now: Date;
};

/** Tries of one delivery before a failure that may pass is final. */
const mostAttempts = 6;
const minute = 60_000;

/** Failures that say nothing about the delivery: the account cannot work right now. Seconds until the lane looks again by itself. */
const laneFailures: Partial<Record<FailureCode, { reason: string; seconds: number }>> = {
  logged_out: { reason: 'needs_person', seconds: 60 },
  not_ready: { reason: 'not_ready', seconds: 5 },
  interrupted: { reason: 'controlled', seconds: 3 },
  restricted: { reason: 'restricted', seconds: 600 },
  proxy_missing: { reason: 'proxy_dead', seconds: 60 },
  proxy_dead: { reason: 'proxy_dead', seconds: 30 },
  site_unreachable: { reason: 'not_ready', seconds: 15 },
  browser_crashed: { reason: 'not_ready', seconds: 2 },
  no_browser: { reason: 'not_ready', seconds: 60 },
  profile_in_use: { reason: 'not_ready', seconds: 10 },
  lease_lost: { reason: 'not_ready', seconds: 1 },
  stopping: { reason: 'no_host', seconds: 1 },
  // The commit was refused: its campaign or account was paused, or the person opted out, since it was claimed. None of that is a failed send.
  wrong_state: { reason: 'in_line', seconds: 1 },
  mail_unreachable: { reason: 'not_ready', seconds: 30 },
  mail_sign_in: { reason: 'needs_person', seconds: 300 },
  mail_certificate: { reason: 'needs_person', seconds: 300 },
  platform_unreachable: { reason: 'not_ready', seconds: 30 },
};
/** The channel says these only when not a byte of the message left: a server that is away makes nobody's delivery uncertain. */
const provesUnsent: ReadonlySet<FailureCode> = new Set(['mail_unreachable', 'mail_sign_in', 'mail_certificate', 'platform_unreachable']);
const skipped: Partial<Record<FailureCode, string>> = { no_such_recipient: 'no_such_recipient', variables_missing: 'variables_missing' };

export function afterFailure(attempted: Attempted): Verdict {
  const { id, failure, now } = attempted;
  if (failure instanceof OverLimit) return overLimit(id, failure);
  if (isOfPlatform(attempted)) {
    const verdict = afterPlatformFailure(attempted);
    return { ...verdict, outcome: withSecondTry(verdict.outcome, attempted) };
  }
  const lane = laneFailures[failure.code];
  if (attempted.isCommitted && lane && provesUnsent.has(failure.code)) {
    const laneWait = { reason: lane.reason, until: failure.retryAt ?? later(now, lane.seconds * 1000) };
    return { is: 'outcome', outcome: { id, is: 'retry', error: failure.message, ...laneWait }, laneWait };
  }
  if (attempted.isCommitted) return { is: 'outcome', outcome: withSecondTry(afterCommit(attempted), attempted) };
  // Whoever may not write to strangers may still answer those who know them.
  if (lane && failure.code === 'restricted' && attempted.isNewContact) {
    return { is: 'outcome', outcome: { id, is: 'waits', reason: 'restricted', until: failure.retryAt ?? later(now, lane.seconds * 1000) } };
  }
  if (lane) return { is: 'lane_waits', reason: lane.reason, until: failure.retryAt ?? later(now, lane.seconds * 1000) };
  const why = { id, reason: failure.code, error: failure.message };
  const skip = skipped[failure.code];
  if (skip) return { is: 'outcome', outcome: { ...why, is: 'skipped', reason: skip } };
  if (attempted.attempt >= mostAttempts || !(failure.canRetry || failure.code === 'wrong_recipient'))
    return { is: 'outcome', outcome: { ...why, is: 'failed' } };
  return { is: 'outcome', outcome: { ...why, is: 'retry', until: failure.retryAt ?? later(now, curve(attempted)) } };
}

function overLimit(id: string, { wait: { reason, until, holdsLane } }: OverLimit): Verdict {
  const outcome = { id, is: 'waits', reason, until } as const;
  return holdsLane ? { is: 'outcome', outcome, laneWait: { reason, until } } : { is: 'outcome', outcome };
}

/** Past the commit only an answer that the platform gave counts; anything else has to be confirmed, or stays uncertain. */
function afterCommit(attempted: Attempted): Outcome {
  const { id, failure, now } = attempted;
  const why = { id, reason: failure.code, error: failure.message };
  if (failure.code === 'mail_refused' || failure.code === 'send_refused') return { ...why, is: 'failed' };
  if (failure.code === 'mail_deferred') {
    const until = deferredUntil(attempted);
    return until ? { ...why, is: 'retry', until } : { ...why, is: 'failed' };
  }
  return attempted.capabilities.canConfirm ? { ...why, is: 'confirming', until: later(now, 2000) } : { ...why, is: 'uncertain' };
}

/**
 * 5, 10, 20, 40, 80, 160, 320 minutes after the first time, then every four hours; null after three days (RFC 5321 4.5.4.1 asks for
 * hours at least, greylisting for 5-15 minutes, and mail servers themselves give up after three to five days).
 */
function deferredUntil({ deferredSince, now }: Attempted): Date | null {
  const waitedMs = deferredSince ? now.getTime() - deferredSince.getTime() : 0;
  if (waitedMs >= deferral.mostMs) return null;
  const nextMs = Math.min(Math.max(waitedMs, deferral.firstMs), deferral.stepMs);
  return later(now, Math.min(nextMs, deferral.mostMs - waitedMs));
}
const deferral = { firstMs: 5 * minute, stepMs: 240 * minute, mostMs: 72 * 60 * minute } as const;

/** 15 s, and twice as long each time. */
const curve = ({ attempt }: Attempted): number => 15_000 * 2 ** Math.max(0, attempt - 1);

const later = (now: Date, ms: number) => new Date(now.getTime() + ms);
