import type { BackoffLimits } from '#browser-profiles/backoff.ts';
import type { RunnerDeps } from '#browser-profiles/pack-runner.ts';
import type { Channel } from '#core/channel.ts';

/**
 * What a proof puts around parts of its own worker: a promise switched off, to show that it would notice, places to stand still at, or how long a
 * browser that was killed on purpose is left alone.
 */
export type Dress = {
  channel?: (channel: Channel, is: 'web' | 'email' | 'platform') => Channel;
  afterStep?: RunnerDeps['afterStep'];
  backoff?: BackoffLimits;
};
