import { type GraphRule, ruleFor, waitBefore } from '#channels/meta/graph-errors.ts';
import type { Failure, PlatformError } from '#core/failure.ts';
import type { Attempted, Verdict } from './after-failure.ts';

/** A lane looks again by itself after this long, where the table names no time. */
const laneRestSeconds = 30;
/** How long a message is held with a campaign or an account that a person has to look at; whoever resumes them rings the lane. */
const heldSeconds = 60;

/**
 * What follows from an answer of Graph, by its table. An answer that refuses proves that nothing was sent, so the message is planned again where
 * the table says so; only what may have been sent all the same is uncertain.
 */
export function afterPlatformFailure(attempted: Attempted & { failure: Failure & { platform: PlatformError } }): Verdict {
  const { id, failure, now, attempt } = attempted;
  const rule = ruleFor(failure.platform);
  const why = { id, reason: failure.code, error: failure.message };
  const at = (seconds: number) => new Date(Math.max(now.getTime() + seconds * 1000, failure.retryAt?.getTime() ?? 0));
  const follows = followsFrom(rule);
  const laneRest = rule.pauses === 'lane' ? { laneWait: { reason: 'platform', until: at(waitBefore(rule, attempt) ?? laneRestSeconds) } } : {};
  if (failure.code === 'not_proven' && attempted.isCommitted) return { is: 'outcome', outcome: { ...why, is: 'uncertain' }, ...laneRest };
  if (rule.pauses === 'account' || (rule.pauses === 'campaign' && attempted.isPlanned))
    return { is: 'outcome', outcome: { ...why, is: 'retry', until: at(heldSeconds) }, ...follows };
  const seconds = waitBefore(rule, attempt) ?? (failure.code === 'not_proven' ? laneRestSeconds : null);
  if (seconds === null) return { is: 'outcome', outcome: { ...why, is: 'failed' }, ...follows, ...laneRest };
  return { is: 'outcome', outcome: { ...why, is: 'retry', until: at(seconds) }, ...laneRest };
}

/** What a person has to decide, and what a person at the other end has decided. */
export function followsFrom({ pauses, suppresses }: GraphRule): Pick<Extract<Verdict, { is: 'outcome' }>, 'pauses' | 'suppresses'> {
  return { ...((pauses === 'campaign' || pauses === 'account') && { pauses }), ...(suppresses && { suppresses }) };
}

export const isOfPlatform = <T extends { failure: Failure }>(one: T): one is T & { failure: Failure & { platform: PlatformError } } =>
  one.failure.platform !== undefined;
