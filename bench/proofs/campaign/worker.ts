import { impatient } from '#bench/proofs/kills/impatient.ts';
import { runWorker } from '#workers/run-worker.ts';

await runWorker({ backoff: impatient });
