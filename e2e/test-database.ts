import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { inject } from 'vitest';
import { type Database, openDatabase } from '#sql/database.ts';

export type TestDatabase = { url: string; database: Database; db: Database['db']; [Symbol.asyncDispose](): Promise<void> };

/** A database of its own, made from the migrated template. Dispose of it when the file ends. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, `create database ${name} template patchbay_template`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  // A copy of the template is a database that sends, for a test.
  await asAdmin(url.href, 'select adopt_database()');
  const database = await openDatabase({ url: url.href, max: 8 });
  return {
    url: url.href,
    database,
    db: database.db,
    async [Symbol.asyncDispose]() {
      await database.close();
      await asAdmin(adminUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

/** A workspace of its own with an owner; its id. */
export async function addTestWorkspace(db: Database['db']): Promise<string> {
  const name = randomUUID();
  const { rows } = await sql<{ workspace_id: string }>`
    select * from register_workspace('w', 'UTC', ${`${name}@example.test`}, ${name}, '', 'x')`.execute(db);
  return rows[0]?.workspace_id ?? '';
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
