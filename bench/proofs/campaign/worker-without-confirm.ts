import { impatient } from '#bench/proofs/kills/impatient.ts';
import { runWorker } from '#workers/run-worker.ts';

/** A worker that believes of whatever was interrupted, on every channel, that it never arrived. */
await runWorker({ backoff: impatient, channel: (channel) => ({ ...channel, confirm: async () => ({ is: 'absent' }) }) });
