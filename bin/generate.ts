import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { dumpSchema } from '#sql/dump.ts';
import { startEmbeddedPostgres } from '#sql/embedded.ts';
import { migrate } from '#sql/migrate.ts';

const run = promisify(execFile);
const root = new URL('..', import.meta.url);

/** `npm run generate` writes what follows from the migrations; with `--check` it only compares and fails when a file is stale. */
const onlyCheck = process.argv.includes('--check');
const directory = await mkdtemp(join(tmpdir(), 'patchbay-generate-'));
const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres'), durability: 'test' });
try {
  await migrate(postgres.adminUrl);
  const client = new pg.Client({ connectionString: postgres.adminUrl });
  await client.connect();
  const schema = await dumpSchema(client);
  await client.end();
  const stale = [await settle('sql/schema.sql', schema), await settle('sql/tables.ts', await tableTypes(postgres.adminUrl))].filter(
    (name) => name !== null,
  );
  if (stale.length > 0) {
    console.error(`Stale: ${stale.join(', ')}. Run npm run generate and commit the result.`);
    process.exitCode = 1;
  }
} finally {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}

async function tableTypes(url: string): Promise<string> {
  const out = join(directory, 'tables.ts');
  const types = JSON.stringify({ int8: 'number', xid8: 'string', jsonb: 'JsonValue' });
  await run(
    'npx',
    [
      'kysely-codegen',
      '--dialect',
      'postgres',
      '--url',
      url,
      '--out-file',
      out,
      '--default-schema',
      'public',
      '--include-pattern',
      'public.*',
      '--exclude-pattern',
      'public.kysely*',
      '--type-mapping',
      types,
    ],
    { cwd: root },
  );
  return await readFile(out, 'utf8');
}

async function settle(name: string, text: string): Promise<string | null> {
  const file = new URL(name, root);
  const before = await readFile(file, 'utf8').catch(() => '');
  if (before === text) return null;
  if (onlyCheck) return name;
  await writeFile(file, text);
  console.log(`wrote ${name}`);
  return null;
}
