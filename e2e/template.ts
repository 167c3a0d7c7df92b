import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '#sql/embedded.ts';
import { migrate } from '#sql/migrate.ts';

/** One Postgres with a migrated template for a whole run of tests; each file of tests gets its own database from it. */
export async function startTemplate(): Promise<{ adminUrl: string; stop: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-test-'));
  const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres'), durability: 'test' });
  await asAdmin(postgres.adminUrl, 'create database patchbay_template');
  await migrate(databaseIn(postgres.adminUrl, 'patchbay_template'));
  return {
    adminUrl: postgres.adminUrl,
    stop: async () => {
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export async function copyTemplate(adminUrl: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, `create database ${name} template patchbay_template`);
  const url = databaseIn(adminUrl, name);
  // A copy of the template is a database that sends, for a test.
  await asAdmin(url, 'select adopt_database()');
  return { url, drop: () => asAdmin(adminUrl, `drop database if exists ${name} with (force)`) };
}

function databaseIn(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function asAdmin(adminUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
