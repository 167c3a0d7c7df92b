import { type GraphRule, ruleFor, waitBefore, wordSeconds } from '#channels/meta/graph-errors.ts';
import type { Failure, PlatformError } from '#core/failure.ts';
import type { Attempted, Follows, OutcomeVerdict } from './after-failure.ts';

/** A lane looks again by itself after this long, where the table names no time. */
const laneRestSeconds = 30;
/** How long a message is held with a campaign or an account that a person has to look at; whoever resumes them rings the lane. */
const heldSeconds = 60;

export type Refused = Pick<Attempted, 'id' | 'attempt' | 'isPlanned' | 'isCommitted' | 'now'> & { failure: Failure & { platform: PlatformError } };

/**
 * What follows from an error of the platform, by its table: one that Graph answers, or (`isCommitted` false: it is proven that nothing arrived)
 * one that a webhook tells later. A refusal proves that nothing was sent, so the message is planned again where the table says so; only what may
 * have been sent all the same is uncertain, where Graph answered until it is time to try again.
 */
export function afterPlatformFailure({ id, failure, now, attempt, isPlanned, isCommitted }: Refused): OutcomeVerdict {
  const rule = ruleFor(failure.platform);
  const why = { id, reason: failure.code, error: failure.message };
  const at = (seconds: number) => new Date(Math.max(now.getTime() + seconds * 1000, failure.retryAt?.getTime() ?? 0));
  const again = waitBefore(rule, attempt);
  const isUnsure = failure.code === 'not_proven';
  const restSeconds = isUnsure ? laneRestSeconds : (again ?? laneRestSeconds);
  const follows = { ...followsFrom(rule), ...(rule.pauses === 'lane' && { laneWait: { reason: 'platform', until: at(restSeconds) } }) };
  if (isUnsure && isCommitted) {
    const hasAnswered = failure.platform.status > 0;
    const until = hasAnswered && again !== null ? { until: at(Math.max(again, wordSeconds)) } : {};
    return { is: 'outcome', outcome: { ...why, is: 'uncertain', ...until }, ...follows };
  }
  if (rule.pauses === 'account' || (rule.pauses === 'campaign' && isPlanned))
    return { is: 'outcome', outcome: { ...why, is: 'retry', until: at(heldSeconds) }, ...follows };
  if (again === null) return { is: 'outcome', outcome: { ...why, is: 'failed' }, ...follows };
  return { is: 'outcome', outcome: { ...why, is: 'retry', until: at(again) }, ...follows };
}

/** What a person has to decide or to know, and what a person at the other end has decided. */
function followsFrom({ pauses, suppresses, tells }: GraphRule): Follows {
  return {
    ...((pauses === 'campaign' || pauses === 'account') && { pauses }),
    ...(suppresses && { suppresses }),
    ...(tells !== 'nobody' && { tells }),
  };
}

export const isOfPlatform = <T extends { failure: Failure }>(one: T): one is T & { failure: Failure & { platform: PlatformError } } =>
  one.failure.platform !== undefined;
