import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Db } from '#sql/database.ts';
import { forgetHost } from '#sql/leases.ts';

/** A host is one run of a worker: its id and secret live as long as the process. */
export type HostIdentity = { id: string; secret: string };

/**
 * A new identity for this run. The run before it on the same data directory is over (its browsers have been reaped), so its row is
 * removed: whatever it held can be taken at once, under the next fence.
 */
export async function becomeHost(db: Db, dataDir: string): Promise<HostIdentity> {
  const file = join(dataDir, 'host.id');
  await mkdir(dataDir, { recursive: true });
  const before = await readFile(file, 'utf8').catch(() => null);
  if (before && /^[0-9a-f-]{36}$/.test(before)) await forgetHost(db, before);
  const id = randomUUID();
  await writeFile(file, id, { mode: 0o600 });
  return { id, secret: randomBytes(32).toString('base64url') };
}
