import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asFailure, Failure } from '#core/failure.ts';
import type { Lease } from './leases.ts';
import { packFiles, unpackFiles } from './pack-files.ts';
import { findBrowsersOf } from './process-table.ts';
import { profileRoot, userDataOf } from './profile-folder.ts';
import { listSessionFiles, refuseTooLarge } from './session-files.ts';

/** Where sessions lie while no browser has them open; main hands it in. Each act needs the profile's lease and throws `lease_lost` without it. */
export interface Snapshots {
  /** Packed sessions, of which the first that can be read is unpacked before the browser opens; null: the folder on this machine is the newest. */
  toRestore(lease: Lease): Promise<readonly AsyncIterable<Buffer>[] | null>;
  /** From here on the folder on this machine is the newest. */
  opened(lease: Lease): Promise<void>;
  /** Keeps a packed session. With `stays` the folder goes on being used. */
  keep(lease: Lease, session: { packed: AsyncIterable<Buffer>; plainBytes: number; stays: boolean }): Promise<void>;
  /** It could not be kept. */
  failed(lease: Lease, failure: unknown): Promise<void>;
  readonly mostBytes: number;
}

/** A session being unpacked: it takes the folder's name only when it is whole. */
const unfinishedOf = (root: string) => join(root, 'chromium.restoring');

/** Makes the folder ready for a launch: the newest session lies in it, whichever machine had it last. The caller holds the lease, and no browser runs. */
export async function restoreSession(dataDir: string, lease: Lease, snapshots: Snapshots): Promise<void> {
  const root = profileRoot(dataDir, lease.profileId);
  await rm(unfinishedOf(root), { recursive: true, force: true, maxRetries: 3 });
  const packed = await snapshots.toRestore(lease);
  if (packed) {
    // What another machine has gone on with, or what was kept already, is older than the snapshot, or equal.
    await rm(userDataOf(root), { recursive: true, force: true, maxRetries: 3 });
    await unpackFirst(packed, unfinishedOf(root));
    await rename(unfinishedOf(root), userDataOf(root));
  }
  // Killed before this, the next start restores once more; killed after it, it finds the folder.
  await snapshots.opened(lease);
}

/**
 * Keeps the session of a closed browser. Without `stays` nothing of it is left on this disk afterwards; killed in between, the rest is removed
 * later, because the snapshot counts from its last chunk on. Answers false, with the folder as it was, when it could not be kept.
 */
export async function keepSession(dataDir: string, lease: Lease, { snapshots, stays }: { snapshots: Snapshots; stays: boolean }): Promise<boolean> {
  const root = profileRoot(dataDir, lease.profileId);
  const userData = userDataOf(root);
  if (!existsSync(userData)) return true;
  try {
    if ((await findBrowsersOf({ userData })).length > 0) throw new Failure('profile_in_use', 'The browser did not end, so its session was not kept.');
    const files = await listSessionFiles(userData);
    refuseTooLarge(files, snapshots.mostBytes);
    const plainBytes = files.reduce((sum, file) => sum + file.bytes, 0);
    await snapshots.keep(lease, { packed: packFiles(userData, files), plainBytes, stays });
  } catch (error) {
    await snapshots.failed(lease, error);
    return false;
  }
  if (!stays) await rm(root, { recursive: true, force: true, maxRetries: 3 });
  return true;
}

/** One that was changed or cut short is passed over for the one before it: an older session is better than none. */
async function unpackFirst([first, ...others]: readonly AsyncIterable<Buffer>[], into: string): Promise<void> {
  if (!first) throw new Failure('broken', 'There is no stored session.');
  try {
    await mkdir(into, { recursive: true, mode: 0o700 });
    await unpackFiles(first, into);
  } catch (error) {
    if (others.length === 0 || asFailure(error).code !== 'broken') throw error;
    await rm(into, { recursive: true, force: true, maxRetries: 3 });
    await unpackFirst(others, into);
  }
}
