import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import pg from 'pg';

const here = new URL('./', import.meta.url);
/** What decides how a database is laid out, besides the migrations: a change in any of these means to go through all of it once more. */
const deciders = [new URL('migrate.ts', here), new URL('queue.ts', here), new URL('../core/jobs.ts', here)];

/** Names a layout: the same program always gives the same mark. `migrate` leaves it in the database, as the comment of the queue's schema. */
export async function layoutMark(): Promise<string> {
  const names = (await readdir(new URL('migrations/', here))).filter((name) => name.endsWith('.sql')).sort();
  const migrations = names.map((name) => new URL(`migrations/${name}`, here));
  const library = createRequire(import.meta.url).resolve('pg-boss/package.json');
  const texts = await Promise.all([...migrations, ...deciders, library].map((file) => readFile(file)));
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  return `patchbay ${names.length} ${hash.digest('hex')}`;
}

/**
 * Whether this very program has laid this database out, by one query: a start that is told so may leave `migrate` out. The roles belong to the
 * cluster and not to the database, so a restored copy can carry the mark and lack them.
 */
export async function isUpToDate(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, application_name: 'patchbay-migrate', connectionTimeoutMillis: 10_000 });
  const [mark] = await Promise.all([layoutMark(), client.connect()]);
  try {
    const { rows } = await client.query<{ mark: string | null; roles: string }>(
      `select obj_description(to_regnamespace('pgboss'), 'pg_namespace') as mark,
              (select count(*) from pg_roles where rolname in ('patchbay_owner', 'patchbay_app') and pg_has_role(oid, 'member')) as roles`,
    );
    return rows[0]?.mark === mark && Number(rows[0].roles) === 2;
  } finally {
    await client.end();
  }
}
