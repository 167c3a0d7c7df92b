import { runWorker } from '#workers/run-worker.ts';
import { announcing } from './announce.ts';

/** A worker that believes that whatever was interrupted never arrived, as one without an anchor and without a look would. */
await runWorker(announcing({ channel: (channel, is) => (is === 'web' ? { ...channel, confirm: async () => ({ is: 'absent' }) } : channel) }));
