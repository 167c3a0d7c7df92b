import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { profileRoot, userDataOf } from '#browser-profiles/profile-folder.ts';
import { keepSession, restoreSession, type Snapshots } from '#browser-profiles/snapshot.ts';
import { inWorkspace, openDatabase } from '#sql/database.ts';
import { setHibernated } from '#sql/hibernation.ts';
import { setWanted } from '#sql/profile-access.ts';
import { createSealer } from '#sql/sealed.ts';
import { Holds } from '#workers/holds.ts';
import { becomeHost } from '#workers/host-identity.ts';
import { createSessionStore } from '#workers/session-store.ts';

/**
 * A worker of its own for the test that kills it: keeps the session "old", takes it out again, goes on to "new", and dies by kill -9 at the named
 * point of keeping or of restoring that one.
 */
const [url = '', key = '', dataDir = '', workspaceId = '', accountId = '', point = ''] = process.argv.slice(2);
const { db } = await openDatabase({ url, max: 3 });
const identity = await becomeHost(db, dataDir);
const holds = new Holds(db, identity.id);
holds.know(accountId, workspaceId);
const store = createSessionStore({
  db,
  sealer: createSealer(key),
  hostId: identity.id,
  dataDirId: identity.dataDirId,
  workspaceOf: () => workspaceId,
  mostBytes: 64 * 1024 * 1024,
  tell: () => undefined,
  log: { warn: (fields) => void process.stderr.write(`${JSON.stringify(fields)}\n`) },
});
const root = profileRoot(dataDir, accountId);
const lease = await holds.acquire(accountId);
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
};
await writeSession('old');
await keepSession(dataDir, lease, { snapshots: store, stays: false });
await restoreSession(dataDir, lease, store);
await rm(userDataOf(root), { recursive: true });
await writeSession('new');
// As a browser that is about to be closed because it is idle.
await inWorkspace(db, workspaceId, async (trx) => {
  await setWanted(trx, accountId, 'running');
  await setHibernated(trx, { workspaceId, accountId }, true);
});
await keepSession(dataDir, lease, { snapshots: point === 'restoring' ? store : dying(store), stays: false });
await restoreSession(dataDir, lease, { ...store, toRestore: async (held) => (await store.toRestore(held))?.map((packed) => cut(packed, 1)) ?? null });

async function writeSession(name: string): Promise<void> {
  const folders = ['Default/Local Storage/leveldb', 'Default/IndexedDB/site'].map((folder) => join(userDataOf(root), folder));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  for (let n = 0; n < 300; n += 1) await writeFile(join(folders[1] ?? '', `${n}.log`), `a login, ${name}`);
  // Several chunks: it does not shrink.
  await writeFile(join(folders[0] ?? '', '000003.log'), randomBytes(4 * 1024 * 1024));
  await mkdir(join(root, 'downloads'), { recursive: true });
  await writeFile(join(root, 'downloads', 'file.txt'), 'a login, downloaded');
}

function dying(inner: Snapshots): Snapshots {
  return {
    ...inner,
    async keep(held, session) {
      if (point === 'closed') die();
      await inner.keep(held, point === 'chunks' ? { ...session, packed: cut(session.packed, 40) } : session);
      if (point === 'kept') die();
      const first = join(userDataOf(root), 'Default/IndexedDB/site/0.log');
      const dieOnceItIsGone = () => void (existsSync(first) ? setImmediate(dieOnceItIsGone) : die());
      dieOnceItIsGone();
    },
  };
}

/** The stream, and the end of this process in the middle of it. */
async function* cut(parts: AsyncIterable<Buffer>, after: number): AsyncGenerator<Buffer> {
  let count = 0;
  for await (const part of parts) {
    yield part;
    count += 1;
    if (count > after) die();
  }
}
