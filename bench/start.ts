import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bareConfig } from '#bin/bare-config.ts';
import { startProgram } from '#bin/start-program.ts';
import { alternate, type Figure, figureOf, type MeasureAsk } from './figure.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const bareProgram = fileURLToPath(new URL('./bare-start.ts', import.meta.url));

/**
 * Milliseconds from starting the process to its ready line: `npm start` on a directory that has been started before, against one Node
 * process that starts the same Postgres on a cluster of its own and listens with Express.
 */
export async function measureStart({ pairs, say, signal }: MeasureAsk): Promise<Figure> {
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-bench-'));
  const ours = () => timeProduct(join(dataDir, 'product'), signal);
  const bare = () => timeBare(join(dataDir, 'bare'), signal);
  try {
    // Cold starts make the clusters, the tables and the dashboard; nobody compares those.
    await ours();
    await bare();
    const measured = await alternate(pairs, ours, bare);
    for (const [nth, pair] of measured.entries()) say(`start ${nth}: npm start ${Math.round(pair.ours)} ms, bare ${Math.round(pair.bare)} ms`);
    return figureOf({ name: 'start', unit: 'ms', pairs: measured, promised: null, notes: {} });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function timeProduct(dataDir: string, signal: AbortSignal): Promise<number> {
  const begun = performance.now();
  // npm puts a shell between itself and the product.
  const options = { cwd: root, env: bareConfig(dataDir).env, isGroup: true, signal };
  await using _product = await startProgram(['npm', 'start'], /^Patchbay is ready at/, options);
  return performance.now() - begun;
}

async function timeBare(dataDir: string, signal: AbortSignal): Promise<number> {
  const begun = performance.now();
  const child = fork(bareProgram, [dataDir], { signal, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const [message] = await Promise.race([once(child, 'message'), ended.then(() => [null])]);
  const took = performance.now() - begun;
  if (message === null) throw new Error('The bare start ended before it was ready.');
  child.disconnect();
  await ended;
  return took;
}
