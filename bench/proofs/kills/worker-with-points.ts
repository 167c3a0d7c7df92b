import { runWorker } from '#workers/run-worker.ts';
import { announcing } from './announce.ts';

await runWorker(announcing());
