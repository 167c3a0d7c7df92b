import { readdir, readFile } from 'node:fs/promises';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { Failure } from '#core/failure.ts';
import { connectionOptions } from './database.ts';
import { createQueues, queueSchema } from './queue.ts';
import { layoutMark } from './up-to-date.ts';

const folder = new URL('./migrations/', import.meta.url);

/** Makes the two roles, brings the tables up to date, and lays out the queue. Safe to run from many processes at once, and again. */
export async function migrate(url: string): Promise<{ applied: string[] }> {
  await prepareRoles(url);
  const applied = await runMigrations(url);
  await prepareQueue(url);
  return { applied };
}

async function prepareRoles(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'patchbay-migrate' });
  await client.connect();
  try {
    // Roles belong to the whole cluster: two databases that migrate at once must not both make them.
    await client.query(`select pg_advisory_lock(hashtext('patchbay roles'))`);
    for (const role of ['patchbay_owner', 'patchbay_app']) {
      await client.query(`do $$ begin
        if not exists (select from pg_roles where rolname = '${role}') then create role ${role} nologin nosuperuser nobypassrls; end if;
        if not pg_has_role(current_user, '${role}', 'member') then grant ${role} to current_user; end if;
      end $$`);
    }
    await client.query(`do $$ begin
      execute format('grant create, connect on database %I to patchbay_owner', current_database());
      grant create, usage on schema public to patchbay_owner;
      grant usage on schema public to patchbay_app;
    end $$`);
  } catch (error) {
    throw new Failure('config_invalid', 'The database could not be prepared: DATABASE_URL has to name a role that may make roles and tables.', {
      cause: error,
    });
  } finally {
    await client.end();
  }
}

async function runMigrations(url: string): Promise<string[]> {
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new pg.Pool({ ...connectionOptions(url, 'patchbay_owner'), max: 1 }) }) });
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: readMigrations }, nameComparator: byCodeUnits });
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error) {
      const failed = results.find((result) => result.status === 'Error')?.migrationName ?? 'a migration';
      throw new Failure('config_invalid', `The migration ${failed} failed; nothing of it was applied.`, { cause: error });
    }
    return results.filter((result) => result.status === 'Success').map((result) => result.migrationName);
  } finally {
    await db.destroy();
  }
}

/**
 * The order of migrations is that of their file names by code units, on every machine whatever its language. Of two with one number (there
 * are two 0010, made side by side and applied by now) the rest of the name decides; a test refuses another pair.
 */
function byCodeUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

async function readMigrations(): Promise<Record<string, Migration>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const entries = names.map(async (name) => {
    const text = await readFile(new URL(name, folder), 'utf8');
    return [name.replace('.sql', ''), { up: async (db: Kysely<unknown>) => void (await sql.raw(text).execute(db)) }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The queue lives in its own schema. The program may put jobs into it within its own transactions, and nothing more. */
async function prepareQueue(url: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: url,
    options: '-c role=patchbay_owner',
    schema: queueSchema,
    supervise: false,
    schedule: false,
    max: 2,
  });
  boss.on('error', () => undefined);
  await boss.start();
  try {
    await createQueues(boss);
    // One after the other: two that grant at once fail with "tuple concurrently updated".
    await boss.getDb().executeSql(`
      select pg_advisory_xact_lock(hashtext('patchbay layout'));
      grant usage on schema ${queueSchema} to patchbay_app;
      grant select, insert on all tables in schema ${queueSchema} to patchbay_app;
      grant execute on all functions in schema ${queueSchema} to patchbay_app;
      comment on schema ${queueSchema} is '${await layoutMark()}'`);
  } finally {
    await boss.stop({ graceful: false });
  }
}
