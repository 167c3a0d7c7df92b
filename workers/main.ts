import { runWorker } from './run-worker.ts';

/** `npm run worker`: one host. */
await runWorker();
