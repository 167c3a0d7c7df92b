import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { migrate } from './migrate.ts';
import { isUpToDate } from './up-to-date.ts';

const names = readdirSync(new URL('./migrations/', import.meta.url))
  .map((name) => name.replace('.sql', ''))
  .toSorted();

/** A database without any table of ours. */
async function emptyDatabase(): Promise<{ url: string; query: (text: string) => Promise<Record<string, unknown>[]> } & AsyncDisposable> {
  const name = `empty_${randomBytes(6).toString('hex')}`;
  const url = new URL(inject('adminUrl'));
  const admin = async (text: string) => {
    const client = new pg.Client({ connectionString: inject('adminUrl') });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  await admin(`create database ${name}`);
  url.pathname = `/${name}`;
  const query = async (text: string) => {
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    const { rows } = await client.query(text).finally(() => client.end());
    return rows;
  };
  return { url: url.href, query, [Symbol.asyncDispose]: () => admin(`drop database ${name} with (force)`) };
}

test('an empty database gets every migration in the order of their numbers, a second run changes nothing', async () => {
  await using database = await emptyDatabase();
  expect((await migrate(database.url)).applied).toEqual(names);
  expect((await migrate(database.url)).applied).toEqual([]);
});

test('several that migrate at once apply each migration once', async () => {
  await using database = await emptyDatabase();
  const runs = await Promise.all([1, 2, 3].map(() => migrate(database.url)));
  expect(runs.flatMap(({ applied }) => applied).toSorted()).toEqual(names);
});

test('a database is up to date once everything is laid out, and not when the mark is another program’s', async () => {
  await using database = await emptyDatabase();
  expect(await isUpToDate(database.url)).toBe(false);
  await migrate(database.url);
  expect(await isUpToDate(database.url)).toBe(true);
  await database.query(`comment on schema pgboss is 'patchbay 1 of another day'`);
  expect(await isUpToDate(database.url)).toBe(false);
});

test('queues of an older program get what the table of jobs says now', async () => {
  await using database = await emptyDatabase();
  await migrate(database.url);
  const queues = () =>
    database.query(`select name, policy, retry_limit, retry_delay, retry_backoff, retry_delay_max, expire_seconds, heartbeat_seconds, notify, deletion_seconds
                      from pgboss.queue order by name`);
  const fresh = await queues();
  expect(fresh).toContainEqual(expect.objectContaining({ name: 'import', retry_limit: 20, retry_backoff: true, retry_delay_max: 30 }));
  expect(fresh).toContainEqual(expect.objectContaining({ name: 'lane', retry_limit: 0, retry_backoff: false, retry_delay_max: null }));
  await database.query(`update pgboss.queue set retry_limit = 2, retry_delay = 7, retry_backoff = false, retry_delay_max = null, expire_seconds = 900,
                          heartbeat_seconds = null, notify = false, deletion_seconds = 7 where name not like '\\_%'`);
  expect(await queues()).not.toEqual(fresh);
  await migrate(database.url);
  expect(await queues()).toEqual(fresh);
});

test('a database whose migration failed halfway is not up to date', async () => {
  await using database = await emptyDatabase();
  await database.query('create table people (nonsense text)');
  await expect(migrate(database.url)).rejects.toThrow('failed; nothing of it was applied.');
  expect(await isUpToDate(database.url)).toBe(false);
});

test('rows of a workspace have an id and say when they were made, and those that change say when they changed', async () => {
  await using database = await emptyDatabase();
  await migrate(database.url);
  const nouns = ['workspaces', 'people', 'proxies', 'accounts', 'contacts', 'lists', 'templates', 'campaigns', 'conversations', 'deliveries'];
  const rows = await database.query(`
    select table_name || '.' || column_name as name, data_type from information_schema.columns
     where table_schema = 'public' and column_name in ('id', 'created_at', 'updated_at')`);
  const types = Object.fromEntries(rows.map(({ name, data_type: type }) => [name, type]));
  for (const noun of nouns) {
    expect(types, noun).toMatchObject({
      [`${noun}.id`]: 'uuid',
      [`${noun}.created_at`]: 'timestamp with time zone',
      [`${noun}.updated_at`]: 'timestamp with time zone',
    });
  }
});
