import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProfileHost } from '#browser-profiles/host.ts';
import { profileRoot, userDataOf } from '#browser-profiles/profile-folder.ts';
import { listFolders } from '#browser-profiles/remove-folder.ts';
import { restoreSession } from '#browser-profiles/snapshot.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { inWorkspace } from '#sql/database.ts';
import { createSealer } from '#sql/sealed.ts';
import { Holds } from './holds.ts';
import { becomeHost } from './host-identity.ts';
import { createSessionStore } from './session-store.ts';
import { addTestProfile } from './testing/add-profile.ts';
import { createFolderRound } from './tidy-folders.ts';

const key = 'a key that only tests use, nowhere else';
const keeper = fileURLToPath(new URL('./testing/doomed-keeper.ts', import.meta.url));
const log = { info: () => undefined, warn: () => undefined };
const folders: string[] = [];
let base: TestDatabase;
let workspaceId: string;

beforeAll(async () => {
  base = await createTestDatabase();
  workspaceId = await addTestWorkspace(base.db);
});
afterAll(async () => {
  await base[Symbol.asyncDispose]();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function machine(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-park '));
  folders.push(dataDir);
  return dataDir;
}

/** The next run of a worker on this machine, as far as it keeps and restores sessions. */
async function nextRun(dataDir: string) {
  const { db } = base;
  const identity = await becomeHost(db, dataDir);
  const holds = new Holds(db, identity.id);
  const snapshots = createSessionStore({
    db,
    sealer: createSealer(key),
    hostId: identity.id,
    dataDirId: identity.dataDirId,
    workspaceOf: () => workspaceId,
    mostBytes: 64 * 1024 * 1024,
    tell: () => undefined,
    log,
  });
  const host = new ProfileHost({ browserPath: null, dataDir, sandbox: false, slots: 1, leases: holds, snapshots, log });
  const know = (ref: { accountId: string }) => holds.know(ref.accountId, workspaceId);
  const tidy = createFolderRound({ db, dataDir, dataDirId: identity.dataDirId, host, know, close: (id) => host.stop(id), log });
  return { holds, snapshots, tidy };
}

/** Whether the folder holds a session right after the kill; in the middle of removing it may be more or less of one. */
const points = { closed: [true], chunks: [true], kept: [true], removing: [true, false], restoring: [false] };

for (const [point, mayHold] of Object.entries(points)) {
  test(`a worker that is killed at the point "${point}" loses no login, and its next run leaves none readable on the disk`, async () => {
    const dataDir = await machine();
    const accountId = await addTestProfile(base.db, workspaceId);
    const child = fork(keeper, [base.url, key, dataDir, workspaceId, accountId, point], { stdio: 'inherit' });
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    const root = profileRoot(dataDir, accountId);
    expect(existsSync(root)).toBe(true);
    expect(mayHold).toContain(existsSync(userDataOf(root)));
    await (await nextRun(dataDir)).tidy();
    expect(await listFolders(dataDir)).toEqual([]);

    const other = await machine();
    const { holds, snapshots } = await nextRun(other);
    holds.know(accountId, workspaceId);
    const lease = await holds.acquire(accountId);
    await restoreSession(other, lease, snapshots);
    await holds.release(lease);
    const site = join(userDataOf(profileRoot(other, accountId)), 'Default/IndexedDB/site');
    expect(await readFile(join(site, '299.log'), 'utf8')).toBe('a login, new');
    const { rows } = await inWorkspace(base.db, workspaceId, (trx) =>
      sql`select from snapshots where account_id = ${accountId} and made_at is null`.execute(trx),
    );
    expect(rows).toHaveLength(0);
  });
}
