import type { RunnerDeps } from '#browser-profiles/pack-runner.ts';
import type { Channel } from '#core/channel.ts';

/** What a proof puts around parts of its own worker: a promise switched off, to show that it would notice, or places to stand still at. */
export type Dress = { channel?: (channel: Channel, is: 'web' | 'email') => Channel; afterStep?: RunnerDeps['afterStep'] };
