import { Failure } from '#core/failure.ts';
import type { Committed } from '#sql/deliveries.ts';

type Over = Omit<Extract<Committed, { is: 'over' }>, 'is'>;

/** The commit would have been one use too many: until when, and whether that holds for all campaigns of the account. */
export class OverLimit extends Failure {
  readonly wait: Over;

  constructor({ reason, until, holdsLane }: Over) {
    super('over_limit', undefined, { retryAt: until });
    this.wait = { reason, until, holdsLane };
  }
}
