import { randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { addTestProfile } from '#workers/testing/add-profile.ts';
import { inWorkspace } from './database.ts';
import { acquireLease, releaseLease } from './leases.ts';
import { createSealer } from './sealed.ts';
import {
  foldersToTidy,
  newestSnapshot,
  readSnapshot,
  type SnapshotWriter,
  sayOpenedIn,
  saySnapshotFailed,
  tellDataDirIsUsed,
  waitMinutes,
  whereSessionLies,
  writeSnapshot,
} from './snapshots.ts';

const sealer = createSealer(randomBytes(32).toString('base64'));
const here = randomUUID();
const there = randomUUID();
let base: TestDatabase;
let workspaceId: string;

beforeAll(async () => {
  base = await createTestDatabase();
  workspaceId = await addTestWorkspace(base.db);
});
afterAll(() => base[Symbol.asyncDispose]());

async function* streamOf(...parts: Buffer[]): AsyncGenerator<Buffer> {
  yield* parts;
}
async function hold(accountId: string): Promise<SnapshotWriter> {
  const hostId = randomUUID();
  const lease = await acquireLease(base.db, { workspaceId, accountId, hostId });
  if (!lease) throw new Error('somebody holds it');
  return { workspaceId, accountId, hostId, fence: lease.fence };
}
const write = (writer: SnapshotWriter, content: AsyncIterable<Buffer>, { stays } = { stays: false }) =>
  writeSnapshot(base.db, writer, { chunks: content, plainBytes: 7, sealer, stays });
const newest = (accountId: string) => inWorkspace(base.db, workspaceId, (trx) => newestSnapshot(trx, accountId));
const lies = (accountId: string, dataDirId: string) =>
  inWorkspace(base.db, workspaceId, async (trx) => (await whereSessionLies(trx, { accountId, dataDirId })).isHere);
const read = (accountId: string, generation: number) => buffer(readSnapshot(base.db, { workspaceId, accountId }, { generation, sealer }));
const toTidy = async (accountId: string, dataDirId: string) => (await foldersToTidy(base.db, [accountId], dataDirId)).length > 0;
const counted = (accountId: string) =>
  inWorkspace(base.db, workspaceId, async (trx) => {
    const { rows } = await sql<{ generation: number; chunks: number }>`
      select generation, count(*)::int as chunks from snapshot_chunks where account_id = ${accountId} group by generation order by generation`.execute(
      trx,
    );
    return rows;
  });

test('a session of several chunks comes out as it went in; nothing of it is readable in the table, and the newest two are kept', async () => {
  const accountId = await addTestProfile(base.db, workspaceId);
  const writer = await hold(accountId);
  const session = Buffer.concat([Buffer.from('a secret cookie'), randomBytes(2_500_000)]);
  const made = await write(writer, streamOf(session.subarray(0, 700_000), session.subarray(700_000)));
  expect(made).toMatchObject({ generation: 1, plainBytes: 7 });
  expect(made.bytes).toBeGreaterThan(session.length);
  expect((await read(accountId, 1)).equals(session)).toBe(true);
  expect(await counted(accountId)).toEqual([{ generation: 1, chunks: 4 }]);
  const { rows } = await inWorkspace(base.db, workspaceId, (trx) =>
    sql`select from snapshot_chunks where position('a secret cookie'::bytea in sealed) > 0`.execute(trx),
  );
  expect(rows).toEqual([]);
  for (const text of ['two', 'three']) await write(writer, streamOf(Buffer.from(text)));
  expect((await counted(accountId)).map((row) => row.generation)).toEqual([2, 3]);
  expect((await read(accountId, 3)).toString()).toBe('three');
});

test('a host that lost its lease in the middle writes nothing more, and what it began is never restored', async () => {
  const accountId = await addTestProfile(base.db, workspaceId);
  const late = await hold(accountId);
  await write(late, streamOf(Buffer.from('old')));
  let next: SnapshotWriter | null = null;
  async function* lostMeanwhile(): AsyncGenerator<Buffer> {
    yield randomBytes(1_500_000);
    await releaseLease(base.db, late);
    next = await hold(accountId);
    await write(next, streamOf(Buffer.from('new')));
    yield randomBytes(1_500_000);
  }
  await expect(write(late, lostMeanwhile())).rejects.toMatchObject({ code: 'lease_lost' });
  await expect(sayOpenedIn(base.db, late, here)).rejects.toMatchObject({ code: 'lease_lost' });
  expect((await read(accountId, (await newest(accountId))?.generation ?? 0)).toString()).toBe('new');
  if (!next) throw new Error('unreachable');
  await write(next, streamOf(Buffer.from('newer')));
  // What the late host began lies below and is gone.
  expect((await counted(accountId)).map((row) => row.generation)).toEqual([3, 4]);
});

test('the table says whose folder counts: the last one that was opened, until its session was kept', async () => {
  const accountId = await addTestProfile(base.db, workspaceId);
  const writer = await hold(accountId);
  expect([await lies(accountId, here), await lies(accountId, there)]).toEqual([true, true]);
  await sayOpenedIn(base.db, writer, here);
  await write(writer, streamOf(Buffer.from('copy')), { stays: true });
  expect([await lies(accountId, here), await lies(accountId, there)]).toEqual([true, false]);
  expect(await toTidy(accountId, there)).toBe(true);
  await write(writer, streamOf(Buffer.from('parked')));
  expect([await lies(accountId, here), await lies(accountId, there)]).toEqual([false, false]);
  expect(await toTidy(accountId, here)).toBe(true);
});

test('a session that could not be kept is opened nowhere else while its machine is alive', async () => {
  const accountId = await addTestProfile(base.db, workspaceId);
  const writer = await hold(accountId);
  const dataDirId = randomUUID();
  await tellDataDirIsUsed(base.db, dataDirId);
  await write(writer, streamOf(Buffer.from('old')));
  await sayOpenedIn(base.db, writer, dataDirId);
  expect(await lies(accountId, there)).toBe(false);
  await saySnapshotFailed(base.db, { workspaceId, accountId }, 'It is too large.');
  expect(await lies(accountId, dataDirId)).toBe(true);
  await expect(lies(accountId, there)).rejects.toMatchObject({ code: 'profile_in_use', message: expect.stringContaining('It is too large.') });
  await sql`update data_dirs set seen_at = now() - make_interval(mins => ${waitMinutes}) where id = ${dataDirId}`.execute(base.db);
  expect(await lies(accountId, there)).toBe(false);
});

test('a chunk that is missing, changed, or another profile’s is noticed', async () => {
  const [a, b] = [await addTestProfile(base.db, workspaceId), await addTestProfile(base.db, workspaceId)];
  for (const accountId of [a, b]) await write(await hold(accountId), streamOf(randomBytes(2_500_000)));
  const change = (statement: ReturnType<typeof sql>) => inWorkspace(base.db, workspaceId, (trx) => statement.execute(trx));
  await change(sql`update snapshot_chunks mine set sealed = other.sealed from snapshot_chunks other
    where mine.account_id = ${a} and mine.position = 1 and other.account_id = ${b} and other.position = 1`);
  await expect(read(a, 1)).rejects.toMatchObject({ code: 'broken' });
  await change(sql`delete from snapshot_chunks where account_id = ${b} and position = 2`);
  await expect(read(b, 1)).rejects.toMatchObject({ code: 'broken' });
});
