import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Db } from '#sql/database.ts';
import { forgetHost, tellHostIsAlive } from '#sql/leases.ts';
import type { Sealer } from '#sql/sealed.ts';
import { tellDataDirIsUsed } from '#sql/snapshots.ts';

/** A host is one run of a worker: its id and secret live as long as the process. */
export type HostIdentity = {
  id: string;
  secret: string;
  /** Stays with the data directory, from run to run: it says which machine's folder of a profile is the newest. */
  dataDirId: string;
};

/**
 * A new identity for this run. The run before it on the same data directory is over (its browsers have been reaped), so its row is
 * removed: whatever it held can be taken at once, under the next fence.
 */
export async function becomeHost(db: Db, dataDir: string): Promise<HostIdentity> {
  const file = join(dataDir, 'host.id');
  await mkdir(dataDir, { recursive: true });
  const before = await readId(file);
  if (before) await forgetHost(db, before);
  const id = randomUUID();
  await writeFile(file, id, { mode: 0o600 });
  return { id, secret: randomBytes(32).toString('base64url'), dataDirId: await dataDirIdOf(dataDir) };
}

/** Said every few seconds: where this host answers, and that somebody uses its data directory. */
export async function tellAlive(
  db: Db,
  { id, secret, dataDirId }: HostIdentity,
  { url, slots, sealer }: { url: string; slots: number; sealer: Sealer },
) {
  await tellHostIsAlive(db, { id, url, sealedSecret: sealer.seal(secret), slots });
  await tellDataDirIsUsed(db, dataDirId);
}

async function dataDirIdOf(dataDir: string): Promise<string> {
  const file = join(dataDir, 'data-dir.id');
  const known = await readId(file);
  if (known) return known;
  const id = randomUUID();
  await writeFile(file, id, { mode: 0o600 });
  return id;
}

async function readId(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^[0-9a-f-]{36}$/.test(text) ? text : null;
}
