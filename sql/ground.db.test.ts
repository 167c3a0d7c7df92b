import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { inWorkspace, openDatabase } from './database.ts';
import { eventBounds, readEvents, recordEvent } from './events.ts';
import { acquireLease, releaseLease, renewLease, tellHostIsAlive } from './leases.ts';
import { createQueue, openQueue } from './queue.ts';

let test1: TestDatabase;
let ours: string;
let theirs: string;

beforeAll(async () => {
  test1 = await createTestDatabase();
  ours = await newWorkspace('ours');
  theirs = await newWorkspace('theirs');
});
afterAll(() => test1[Symbol.asyncDispose]());

async function newWorkspace(name: string): Promise<string> {
  const { rows } = await sql<{
    workspace_id: string;
  }>`select * from register_workspace(${name}, 'UTC', ${`${name}@example.test`}, ${name}, '', 'x')`.execute(test1.db);
  return rows[0]?.workspace_id ?? '';
}
const addAccount = (workspaceId: string) =>
  inWorkspace(test1.db, workspaceId, (trx) =>
    trx
      .insertInto('accounts')
      .values({ workspace_id: workspaceId, channel: 'email', addressed_by: 'email', name: randomUUID() })
      .returning('id')
      .executeTakeFirstOrThrow(),
  );

test('every table has row security, the program owns none, and each that it may touch has a policy', async () => {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind = 'r' and c.relname not like 'kysely%' and c.relname <> 'hosts'
       and (not c.relrowsecurity or pg_get_userbyid(c.relowner) <> 'patchbay_owner' or (has_table_privilege('patchbay_app', c.oid, 'select, insert, update, delete')
             and not exists (select from pg_policy p where p.polrelid = c.oid)))`.execute(test1.db);
  expect(rows).toEqual([]);
});

test('a row of another workspace is not seen, not changed and not made', async () => {
  const account = await addAccount(theirs);
  const seen = (workspaceId: string) =>
    inWorkspace(test1.db, workspaceId, (trx) => trx.selectFrom('accounts').select('id').where('id', '=', account.id).execute());
  expect(await seen(theirs)).toHaveLength(1);
  expect(await seen(ours)).toHaveLength(0);
  const changed = await inWorkspace(test1.db, ours, (trx) =>
    trx.updateTable('accounts').set({ name: 'stolen' }).where('id', '=', account.id).executeTakeFirst(),
  );
  expect(changed.numUpdatedRows).toBe(0n);
  const made = inWorkspace(test1.db, ours, (trx) =>
    trx.insertInto('accounts').values({ workspace_id: theirs, channel: 'email', addressed_by: 'email', name: 'planted' }).execute(),
  );
  await expect(made).rejects.toThrow(/row-level security/);
});

test('a query that forgets the workspace sees nothing', async () => {
  await addAccount(ours);
  expect(await test1.db.selectFrom('accounts').select('id').execute()).toEqual([]);
});

test('the program refuses to work as a role that row policies do not bind', async () => {
  const url = new URL(test1.url);
  url.searchParams.set('options', '-c role=postgres');
  await expect(openDatabase({ url: url.href, max: 1 })).rejects.toThrow(/not bound by row policies/);
});

test('a job exists exactly if the transaction that sent it commits', async () => {
  const boss = await openQueue(test1.url, { role: 'sends', onError: () => undefined });
  const queue = createQueue(boss);
  const payload = { workspaceId: ours, campaignId: randomUUID() };
  const undone = inWorkspace(test1.db, ours, async (trx) => {
    await queue.send('plan', payload, { trx });
    throw new Error('undo');
  });
  await expect(undone).rejects.toThrow('undo');
  expect(await boss.fetch('plan')).toEqual([]);
  await inWorkspace(test1.db, ours, (trx) => queue.send('plan', payload, { trx }));
  expect((await boss.fetch('plan')).map((job) => job.data)).toEqual([payload]);
  await boss.stop({ graceful: false });
});

test('events are read in commit order, and one of a transaction that is still open is not skipped', async () => {
  const start = (await eventBounds(test1.db)).last;
  const event = (n: string) => ({ kind: 'list_changed' as const, listId: n });
  const [first, second] = [randomUUID(), randomUUID()];
  let finish: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let written: () => void = () => undefined;
  const isWritten = new Promise<void>((resolve) => {
    written = resolve;
  });
  const slow = inWorkspace(test1.db, ours, async (trx) => {
    await recordEvent(trx, ours, event(first));
    written();
    await held;
  });
  await isWritten;
  await inWorkspace(test1.db, ours, (trx) => recordEvent(trx, ours, event(second)));
  expect(await readEvents(test1.db, start)).toEqual([]);
  finish();
  await slow;
  // Other files work in other databases of the same server, and what they have open holds this log back too.
  await expect.poll(async () => (await readEvents(test1.db, start)).map((one) => one.event)).toEqual([event(first), event(second)]);
  const told = await readEvents(test1.db, start);
  expect(await readEvents(test1.db, told[0]?.cursor ?? start)).toHaveLength(1);
});

test('one host holds a lease at a time, and the fence grows with each new holder', async () => {
  const account = await addAccount(ours);
  const [one, two] = [randomUUID(), randomUUID()];
  for (const id of [one, two]) await tellHostIsAlive(test1.db, { id, url: 'http://127.0.0.1:1', sealedSecret: Buffer.from('x'), slots: 1 });
  const ask = { workspaceId: ours, accountId: account.id };
  const held = await acquireLease(test1.db, { ...ask, hostId: one });
  expect(held?.fence).toBe(1);
  expect(await acquireLease(test1.db, { ...ask, hostId: two })).toBeNull();
  expect(await renewLease(test1.db, { ...ask, hostId: one, fence: 1 })).toBe(true);
  expect(await renewLease(test1.db, { ...ask, hostId: two, fence: 1 })).toBe(false);
  await releaseLease(test1.db, { ...ask, hostId: one, fence: 1 });
  expect((await acquireLease(test1.db, { ...ask, hostId: two }))?.fence).toBe(2);
  expect(await renewLease(test1.db, { ...ask, hostId: one, fence: 1 })).toBe(false);
});
