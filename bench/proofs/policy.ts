import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openDatabase } from '#sql/database.ts';
import { startEmbeddedPostgres } from '#sql/embedded.ts';
import { migrate } from '#sql/migrate.ts';
import type { ProofOptions } from './options.ts';
import { compareWithCount, raceLanes } from './policy-lanes.ts';
import { simulate } from './policy-runs.ts';

/**
 * 2.16: no window of any length is ever over. Ten thousand runs of `decide` with a fake clock, each answer compared with a count; fifty runs of
 * the commit through Postgres with two clients at once; and one client whose every answer is compared with a count. `--without lock` takes the
 * row lock away: then it has to fail.
 */
export async function provePolicy(options: ProofOptions): Promise<string[]> {
  const runs = options.isShare ? 1000 : 10_000;
  const races = options.isShare ? 10 : 50;
  const problems: string[] = [];
  for (let nth = 0; nth < runs; nth += 1) problems.push(...simulate(options.seed + nth));
  console.log(`${runs} simulated runs: ${problems.length} problems`);
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-proof-'));
  const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres'), durability: 'test' });
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  try {
    await migrate(postgres.adminUrl);
    await admin.connect();
    if (options.switchOff === 'lock') await takeLockAway(admin);
    await using database = await openDatabase({ url: postgres.adminUrl, max: 4 });
    const bases = { admin, db: database.db };
    const before = problems.length;
    for (let nth = 0; nth < races; nth += 1) problems.push(...(await raceLanes(bases, options.seed + nth)));
    console.log(`${races} runs with two clients: ${problems.length - before} problems`);
    const raced = problems.length;
    for (let nth = 0; nth < races / 5; nth += 1) problems.push(...(await compareWithCount(bases, options.seed + nth)));
    console.log(`${races / 5} runs against a count: ${problems.length - raced} problems`);
  } finally {
    await admin.end();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
  // Without the lock counters and give-backs are wrong as well; what it is there for is the windows.
  const told = options.switchOff === 'lock' ? problems.filter((problem) => problem.includes('in a window of')) : problems;
  return told.slice(0, 20);
}

/** Numbers are read as they stand, nobody waits for anybody, and two uses may have one number. */
async function takeLockAway(admin: pg.Client): Promise<void> {
  await admin.query(`
    alter table uses drop constraint uses_pkey;
    create index uses_by_number on uses (key_id, number);
    create or replace function take_numbers(in_workspace uuid, in_kinds text[], in_keys text[], in_counts bigint[], in_at timestamptz)
      returns setof use_keys language plpgsql as $$
    begin
      insert into use_keys (workspace_id, kind, key, last, first_at, last_at)
      select in_workspace, w.kind, w.key, 0, in_at, in_at from unnest(in_kinds, in_keys) w (kind, key) order by w.kind, w.key on conflict do nothing;
      return query
      select k.id, k.workspace_id, k.kind, k.key, w.n + coalesce((select max(u.number) from uses u where u.key_id = k.id), 0), k.first_at, greatest(k.last_at, in_at)
        from use_keys k join unnest(in_kinds, in_keys, in_counts) w (kind, key, n) on k.kind = w.kind and k.key = w.key where k.workspace_id = in_workspace;
    end $$`);
  // Of two uses with one number either will do: what is shown is windows that are over, not a statement that fails.
  const { rows } = await admin.query<{ text: string }>(`select pg_get_functiondef('commit_deliveries'::regproc) as text`);
  const text = rows[0]?.text.replace('u.number = w.number - l.most)', 'u.number = w.number - l.most limit 1)') ?? '';
  if (!text.includes('limit 1)')) throw new Error('commit_deliveries does not look as this proof knows it');
  await admin.query(text);
}
