import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import { type Db, inWorkspace, type Trx } from './database.ts';
import { recordEvent } from './events.ts';
import type { Sealer } from './sealed.ts';

export type SnapshotPlace = { workspaceId: string; accountId: string };
/** Who writes: the host that holds the lease under this fence. */
export type SnapshotWriter = SnapshotPlace & { hostId: string; fence: number };
export type Snapshot = { generation: number; bytes: number; plainBytes: number; madeAt: Date };

/** A chunk of the table before it is sealed; the column takes a little more. */
export const chunkBytes = 1024 * 1024;
/** The newest, and the one before it in case the newest turns out to be broken. */
const keptGenerations = 2;

export async function newestSnapshot(trx: Trx, accountId: string): Promise<Snapshot | null> {
  const row = await trx
    .selectFrom('snapshots')
    .select(['generation', 'bytes', 'plain_bytes', 'made_at'])
    .where('account_id', '=', accountId)
    .where('made_at', 'is not', null)
    .orderBy('generation', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.made_at ? { generation: row.generation, bytes: row.bytes, plainBytes: row.plain_bytes, madeAt: row.made_at } : null;
}

/** Generations that can be restored, the newest first. */
export async function restorableSnapshots(trx: Trx, accountId: string): Promise<number[]> {
  const rows = await trx
    .selectFrom('snapshots')
    .select('generation')
    .where('account_id', '=', accountId)
    .where('made_at', 'is not', null)
    .orderBy('generation', 'desc')
    .execute();
  return rows.map((row) => row.generation);
}

/** For how long a session that could not be kept is waited for, once the machine on which it lies is not heard of. */
export const waitMinutes = 10;

/**
 * Where the newest state of a profile lies: in the folder of this data directory, or in a snapshot. Throws `profile_in_use` while it lies on another
 * machine that is alive and could not keep it: messengers end a login of which an older state speaks.
 */
export async function whereSessionLies(trx: Trx, { accountId, dataDirId }: { accountId: string; dataDirId: string }) {
  const row = await trx.selectFrom('profiles').select(['opened_in', 'snapshot_why']).where('account_id', '=', accountId).executeTakeFirst();
  if (row?.opened_in && row.opened_in !== dataDirId && row.snapshot_why !== null && (await isUsed(trx, row.opened_in)))
    throw new Failure('profile_in_use', `The session of this profile lies on another machine: ${row.snapshot_why}`);
  const snapshot = await newestSnapshot(trx, accountId);
  return { isHere: row?.opened_in === dataDirId || snapshot === null, snapshot };
}

/** A worker of this data directory is alive. */
export async function tellDataDirIsUsed(db: Db, dataDirId: string): Promise<void> {
  await sql`insert into data_dirs (id) values (${dataDirId}) on conflict (id) do update set seen_at = now()`.execute(db);
}

async function isUsed(trx: Trx, dataDirId: string): Promise<boolean> {
  const { rows } = await sql`
    select from data_dirs where id = ${dataDirId} and seen_at > now() - make_interval(mins => ${waitMinutes})`.execute(trx);
  return rows.length > 0;
}

/** From here on the folder in this data directory is newer than any snapshot. Throws `lease_lost` for a late host. */
export async function sayOpenedIn(db: Db, writer: SnapshotWriter, dataDirId: string): Promise<void> {
  await underLease(db, writer, async (trx) => {
    await sql`update profiles set opened_in = ${dataDirId} where account_id = ${writer.accountId} and opened_in is distinct from ${dataDirId}`.execute(
      trx,
    );
  });
}

type Writing = { chunks: AsyncIterable<Buffer>; plainBytes: number; sealer: Sealer; stays: boolean };

/**
 * Writes a snapshot chunk by chunk, each in a transaction of its own: one that lasted would hold up every reader of the event log. It counts from
 * the last one on. With `stays` the folder goes on being the newer one; without, it is only a rest from then on. Throws `lease_lost` as soon as
 * somebody else holds the profile; what was written so far is removed by the next snapshot.
 */
export async function writeSnapshot(db: Db, writer: SnapshotWriter, { chunks, plainBytes, sealer, stays }: Writing): Promise<Snapshot> {
  const generation = await underLease(db, writer, (trx) => beginSnapshot(trx, writer));
  let position = 0;
  let bytes = 0;
  const put = async (plain: Buffer, isLast: boolean) => {
    const sealed = sealer.seal(Buffer.concat([headOf({ ...writer, generation, position, isLast }), plain]));
    bytes += sealed.length;
    await underLease(db, writer, (trx) =>
      trx
        .insertInto('snapshot_chunks')
        .values({ account_id: writer.accountId, workspace_id: writer.workspaceId, generation, position, sealed })
        .execute(),
    );
    position += 1;
  };
  for await (const chunk of inChunks(chunks)) await put(chunk, false);
  await put(Buffer.alloc(0), true);
  const madeAt = await underLease(db, writer, async (trx) => {
    const made = await trx
      .updateTable('snapshots')
      .set({ made_at: sql<Date>`now()`, bytes, plain_bytes: plainBytes })
      .where('account_id', '=', writer.accountId)
      .where('generation', '=', generation)
      .returning('made_at')
      .executeTakeFirstOrThrow();
    await sql`delete from snapshots where account_id = ${writer.accountId} and (generation <= ${generation - keptGenerations}
      or (made_at is null and generation < ${generation}))`.execute(trx);
    await trx
      .updateTable('profiles')
      .set({ snapshot_why: null, ...(stays ? {} : { opened_in: null }) })
      .where('account_id', '=', writer.accountId)
      .execute();
    await recordEvent(trx, writer.workspaceId, { kind: 'profile_changed', profileId: writer.accountId });
    return made.made_at ?? new Date();
  });
  return { generation, bytes, plainBytes, madeAt };
}

/** The plain chunks of a snapshot, in order. Throws `broken` when one is missing, changed, or another snapshot's. */
export async function* readSnapshot(db: Db, place: SnapshotPlace, { generation, sealer }: { generation: number; sealer: Sealer }) {
  for (let position = 0; ; position += 1) {
    const row = await inWorkspace(db, place.workspaceId, (trx) =>
      trx
        .selectFrom('snapshot_chunks')
        .select('sealed')
        .where('account_id', '=', place.accountId)
        .where('generation', '=', generation)
        .where('position', '=', position)
        .executeTakeFirst(),
    );
    if (!row) throw new Failure('broken', 'A part of the stored session is missing, so it is not used.');
    const plain = sealer.open(row.sealed);
    const head = plain.subarray(0, headBytes);
    const chunk = plain.subarray(headBytes);
    if (chunk.length > 0 && head.equals(headOf({ ...place, generation, position, isLast: false }))) yield chunk;
    else if (head.equals(headOf({ ...place, generation, position, isLast: true }))) return;
    else throw new Failure('broken', 'A part of the stored session belongs somewhere else, so it is not used.');
  }
}

/** Why the last try to keep the session failed; people see it at the profile. */
export async function saySnapshotFailed(db: Db, place: SnapshotPlace, why: string): Promise<void> {
  await inWorkspace(db, place.workspaceId, async (trx) => {
    const { rows } = await sql`update profiles set snapshot_why = ${why}
      where account_id = ${place.accountId} and snapshot_why is distinct from ${why} returning 1`.execute(trx);
    if (rows.length > 0) await recordEvent(trx, place.workspaceId, { kind: 'profile_changed', profileId: place.accountId });
  });
}

/** Of these profiles with a folder in the data directory, those whose folder is only a rest, or should have been kept and removed. */
export async function foldersToTidy(db: Db, ids: readonly string[], dataDirId: string): Promise<SnapshotPlace[]> {
  const { rows } = await sql<{ workspace_id: string; account_id: string }>`
    select * from folders_to_tidy(${[...ids]}::uuid[], ${dataDirId})`.execute(db);
  return rows.map((row) => ({ workspaceId: row.workspace_id, accountId: row.account_id }));
}

async function beginSnapshot(trx: Trx, writer: SnapshotWriter): Promise<number> {
  const { rows } = await sql<{ generation: number }>`
    insert into snapshots (account_id, generation, workspace_id, fence)
    select ${writer.accountId}, coalesce(max(generation), 0) + 1, ${writer.workspaceId}, ${writer.fence} from snapshots where account_id = ${writer.accountId}
    returning generation`.execute(trx);
  const generation = rows[0]?.generation;
  if (generation === undefined) throw new Error('an insert answered no row');
  return generation;
}

/** A transaction that only the holder of the lease gets through: who takes over waits for it, or makes it fail. */
function underLease<T>(db: Db, { workspaceId, accountId, hostId, fence }: SnapshotWriter, work: (trx: Trx) => Promise<T>): Promise<T> {
  return inWorkspace(db, workspaceId, async (trx) => {
    const { rows } = await sql`select from leases where account_id = ${accountId} and host_id = ${hostId} and fence = ${fence} and until > now()
      for share`.execute(trx);
    if (rows.length === 0) throw new Failure('lease_lost');
    return work(trx);
  });
}

type Head = { accountId: string; generation: number; position: number; isLast: boolean };
const headBytes = 25;

/** Sealed along with each chunk, so that none can stand in for another. */
function headOf({ accountId, generation, position, isLast }: Head): Buffer {
  const head = Buffer.alloc(headBytes);
  head.write(accountId.replaceAll('-', ''), 'hex');
  head.writeUInt32BE(generation, 16);
  head.writeUInt32BE(position, 20);
  head.writeUInt8(isLast ? 1 : 0, 24);
  return head;
}

async function* inChunks(parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let kept: Buffer[] = [];
  let size = 0;
  for await (const part of parts) {
    kept.push(part);
    size += part.length;
    while (size >= chunkBytes) {
      const all = Buffer.concat(kept);
      yield all.subarray(0, chunkBytes);
      kept = [all.subarray(chunkBytes)];
      size -= chunkBytes;
    }
  }
  if (size > 0) yield Buffer.concat(kept);
}
