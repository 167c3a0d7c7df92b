import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { removeRecord, writeRecord } from '#browser-profiles/browser-record.ts';
import { prepareFolder } from '#browser-profiles/profile-folder.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { inWorkspace } from '#sql/database.ts';
import { removeProfile } from '#sql/profiles.ts';
import { forgetRemoved } from './forget-removed.ts';
import { addTestProfile } from './testing/add-profile.ts';

let base: TestDatabase;
let workspaceId: string;
let dataDir: string;
let closed: string[];
beforeAll(async () => {
  base = await createTestDatabase();
});
afterAll(() => base[Symbol.asyncDispose]());
beforeEach(async () => {
  workspaceId = await addTestWorkspace(base.db);
  dataDir = await mkdtemp(join(tmpdir(), 'patchbay-forget '));
  closed = [];
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const inside = <T>(work: Parameters<typeof inWorkspace<T>>[2]) => inWorkspace(base.db, workspaceId, work);
const log = { info: () => undefined, warn: () => undefined };
const noteClosed = async (profileId: string): Promise<void> => void closed.push(profileId);
const forget = (close = noteClosed) => forgetRemoved({ db: base.db, dataDir, close, log });
const folderOf = (id: string) => join(dataDir, 'profiles', id);
/** A profile with a folder that holds a session. */
async function addWithFolder(): Promise<string> {
  const profileId = await addTestProfile(base.db, workspaceId);
  await putFolder(profileId);
  return profileId;
}
async function putFolder(name: string): Promise<void> {
  await mkdir(join(folderOf(name), 'chromium', 'Default'), { recursive: true });
  await writeFile(join(folderOf(name), 'chromium', 'Default', 'Cookies'), 'secret');
}
const remove = (profileId: string) => inside((trx) => removeProfile(trx, { workspaceId, profileId }));

test('the folder of a removed profile goes once its browser is closed, others stay', async () => {
  const [removed, kept] = [await addWithFolder(), await addWithFolder()];
  expect(await forget()).toEqual([]);
  await remove(removed);
  const wasThere = async (profileId: string) => {
    expect(existsSync(folderOf(profileId))).toBe(true);
    closed.push(profileId);
  };
  expect(await forget(wasThere)).toEqual([removed]);
  expect(closed).toEqual([removed]);
  expect(await readdir(join(dataDir, 'profiles'))).toEqual([kept]);
  expect(await forget()).toEqual([]);
});

test('what a crash left half removed is removed by the next round', async () => {
  const id = await addWithFolder();
  await remove(id);
  await rm(join(folderOf(id), 'chromium', 'Default', 'Cookies'));
  expect(await forget()).toEqual([id]);
  expect(existsSync(folderOf(id))).toBe(false);
});

test('one whose browser does not close yet stays, holds up nobody, and goes later', async () => {
  const [stuck, free] = [await addWithFolder(), await addWithFolder()];
  await remove(stuck);
  await remove(free);
  const closeOne = async (profileId: string): Promise<void> => {
    if (profileId === stuck) throw new Error('still busy');
  };
  expect(await forget(closeOne)).toEqual([free]);
  expect(existsSync(join(folderOf(stuck), 'chromium', 'Default', 'Cookies'))).toBe(true);
  expect(await forget()).toEqual([stuck]);
});

test('a folder that the database knows nothing of stays: it may be another database’s', async () => {
  const stranger = randomUUID();
  await putFolder(stranger);
  expect(await forget()).toEqual([]);
  expect(existsSync(folderOf(stranger))).toBe(true);
});

test('a profile that is there again, as after a restored backup, keeps its folder', async () => {
  const id = await addWithFolder();
  await remove(id);
  await inside((trx) =>
    trx.insertInto('accounts').values({ id, workspace_id: workspaceId, channel: 'converse', addressed_by: 'jid', name: 'restored' }).execute(),
  );
  expect(await forget()).toEqual([]);
  expect(existsSync(folderOf(id))).toBe(true);
});

test('nothing outside the profiles directory is touched, whatever lies in it', async () => {
  const id = await addWithFolder();
  await remove(id);
  const outside = join(dataDir, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'keep'), 'keep');
  await rm(folderOf(id), { recursive: true });
  await symlink(outside, folderOf(id));
  await putFolder('not-a-profile');
  await writeFile(join(dataDir, 'profiles', randomUUID()), 'a file');
  expect(await forget()).toEqual([]);
  expect(await readFile(join(outside, 'keep'), 'utf8')).toBe('keep');
  expect(existsSync(folderOf('not-a-profile'))).toBe(true);
  await rm(folderOf(id));
  await putFolder(id);
  await symlink(outside, join(folderOf(id), 'downloads'));
  expect(await forget()).toEqual([id]);
  expect(await readFile(join(outside, 'keep'), 'utf8')).toBe('keep');
});

test('while a living worker has the folder open it stays, and goes in a later round', async () => {
  const id = await addWithFolder();
  const folder = await prepareFolder(dataDir, id);
  await writeRecord(folder);
  await remove(id);
  expect(await forget()).toEqual([]);
  expect(existsSync(join(folderOf(id), 'chromium', 'Default', 'Cookies'))).toBe(true);
  await removeRecord(folder.root, folder.temporary);
  expect(await forget()).toEqual([id]);
});

test('an account that is removed any other way takes its folder along', async () => {
  const id = await addWithFolder();
  const other = await addWithFolder();
  await inside((trx) => trx.deleteFrom('accounts').where('id', '=', id).execute());
  expect(await forget()).toEqual([id]);
  expect(existsSync(folderOf(other))).toBe(true);
});

test('the table of removed profiles is closed to the program itself', async () => {
  await expect(sql`select * from removed_profiles`.execute(base.db)).rejects.toThrow('permission denied');
  await expect(sql`insert into removed_profiles (account_id) values (${randomUUID()})`.execute(base.db)).rejects.toThrow('permission denied');
});
