import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '#sql/database.ts';
import { startEmbeddedPostgres } from '#sql/embedded.ts';
import { migrate } from '#sql/migrate.ts';
import { createQueue, openQueue } from '#sql/queue.ts';
import type { ProofOptions } from './options.ts';
import { compareWithRun } from './simulation-run.ts';
import { drawAndJudge } from './simulation-runs.ts';

/**
 * 5.10: what is drawn before the start is what happens. Ten thousand random plans are drawn and judged: everyone gets their turn in bounded time,
 * and no account stands idle while it may send. Then plans are sent for real, and the drawn times are held against the real ones.
 */
export async function proveSimulation(options: ProofOptions): Promise<string[]> {
  const problems: string[] = [];
  const runs = options.isShare ? 2000 : 10_000;
  for (let nth = 0; nth < runs; nth += 1) problems.push(...drawAndJudge(options.seed + nth));
  console.log(`${runs} plans drawn: ${problems.length} problems`);
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-proof-'));
  const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres'), durability: 'test' });
  try {
    await migrate(postgres.adminUrl);
    await using database = await openDatabase({ url: postgres.adminUrl, max: 4 });
    const boss = await openQueue(postgres.adminUrl, { role: 'sends', onError: () => undefined });
    const bases = { db: database.db, queue: createQueue(boss) };
    const plans = options.isShare ? 1 : 5;
    const people = options.size ?? (options.isShare ? 400 : 1000);
    for (let nth = 0; nth < plans; nth += 1) problems.push(...(await compareWithRun(bases, { seed: options.seed + nth, people })));
    await boss.stop({ graceful: false });
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
  return problems.slice(0, 20);
}
