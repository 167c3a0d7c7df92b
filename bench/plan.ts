import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openDatabase } from '#sql/database.ts';
import { startEmbeddedPostgres } from '#sql/embedded.ts';
import { migrate } from '#sql/migrate.ts';
import type { Queue } from '#sql/queue.ts';
import { createPlanner } from '#workers/plan.ts';
import { alternate, type Figure, figureOf, type MeasureAsk } from './figure.ts';
import { setPlanStage } from './plan-stage.ts';
import { type Effort, watchProcesses } from './watch-processes.ts';

const usualPeople = 100_000;
/** The lanes are not what is measured. */
const deafQueue: Queue = { send: async () => undefined };

/**
 * Seconds that freezing a campaign takes: the worker's own job, with the row policies, the sixteen indexes and nine foreign keys of
 * `deliveries`, against one COPY of the very rows that it made, from a file on the server into a table with the same columns and primary key
 * and nothing else. Both write safely, each right after a checkpoint.
 */
export async function measurePlan({ pairs, size, say, signal }: MeasureAsk): Promise<Figure[]> {
  const people = size ?? usualPeople;
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-bench-'));
  try {
    await using parts = new AsyncDisposableStack();
    const postgres = parts.use(await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') }));
    await migrate(postgres.adminUrl);
    const { db } = parts.use(await openDatabase({ url: postgres.adminUrl }));
    const admin = new pg.Client({ connectionString: postgres.adminUrl });
    await admin.connect();
    parts.defer(() => admin.end());
    const answer = async (text: string) => (await admin.query(text)).rows[0].answer;
    const stage = await setPlanStage(admin, people);
    await admin.query('create table bare_deliveries (like deliveries including defaults, primary key (id))');
    const file = `${await answer(`select current_setting('data_directory') as answer`)}/bare`;
    const plan = createPlanner({ db, queue: deafQueue, tell: () => undefined });
    const efforts: { ours: Effort[]; bare: Effort[] } = { ours: [], bare: [] };
    const run = async (side: 'ours' | 'bare', nth: number, work: () => Promise<unknown>) => {
      await admin.query('checkpoint');
      const { rows } = await admin.query(`select pid from pg_stat_activity where backend_type = 'client backend'`);
      const effort = await watchProcesses(() => rows.map((row) => row.pid), work);
      if (nth >= 0) efforts[side].push(effort);
      const { seconds, processorSeconds, mostMegabytes } = effort;
      say(`plan ${nth}: ${side} ${seconds.toFixed(2)} s, ${processorSeconds.toFixed(2)} s of processors, ${Math.round(mostMegabytes)} MB`);
      return seconds;
    };
    let mostTemporary = 0;
    const temporary = () => answer('select temp_bytes::float8 as answer from pg_stat_database where datname = current_database()');
    const ours = async (nth: number) => {
      await admin.query('truncate deliveries cascade');
      const campaignId = await stage.addCampaign();
      const before = await temporary();
      const seconds = await run('ours', nth, () => plan({ workspaceId: stage.workspaceId, campaignId }, signal));
      const planned = await answer(`select count(*)::int as answer from deliveries where state = 'planned'`);
      if (planned !== people) throw new Error(`only ${planned} of ${people} people were planned for`);
      mostTemporary = Math.max(mostTemporary, (await temporary()) - before);
      return seconds;
    };
    const bare = async (nth: number) => {
      await admin.query('truncate bare_deliveries');
      return run('bare', nth, () => admin.query(`copy bare_deliveries from '${file}'`));
    };
    // The first of each meets cold code, and makes the connections that are watched.
    await ours(-1);
    await admin.query(`copy deliveries to '${file}'`);
    await bare(-1);
    const seconds = await alternate(pairs, ours, bare);
    const most = Math.round(Math.max(...efforts.ours.map((effort) => effort.mostMegabytes)));
    const worker = Math.round(process.memoryUsage().rss / 1e6);
    const notes = { people, 'MB of Postgres at most': most, 'MB of temporary files': Math.round(mostTemporary / 1e6), 'MB of the worker': worker };
    const processors = efforts.ours.map((effort, nth) => ({
      ours: effort.processorSeconds,
      bare: efforts.bare[nth]?.processorSeconds ?? Number.NaN,
    }));
    return [
      figureOf({ name: 'plan', unit: 'seconds', pairs: seconds, promised: 5, isMost: true, notes }),
      figureOf({ name: 'plan by processors', unit: 'seconds', pairs: processors, promised: null, notes: {} }),
    ];
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
