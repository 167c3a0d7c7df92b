import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { inject } from 'vitest';
import { copyTemplate } from '#e2e/template.ts';
import { type Database, openDatabase } from '#sql/database.ts';

export type TestDatabase = { url: string; database: Database; db: Database['db']; [Symbol.asyncDispose](): Promise<void> };

/** A database of its own, made from the migrated template. Dispose of it when the file ends. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url, drop } = await copyTemplate(inject('adminUrl'));
  const database = await openDatabase({ url, max: 8 });
  return {
    url,
    database,
    db: database.db,
    async [Symbol.asyncDispose]() {
      await database.close();
      await drop();
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
