import { mkdir, mkdtemp, readlink, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Failure } from '#core/failure.ts';
import { findBrowsersOf, isRunning } from './process-table.ts';

/** Where one profile lives on this machine. `temporary` is short on purpose: Chromium puts a Unix socket there (limit 107 signs). */
export type ProfileFolder = { root: string; userData: string; downloads: string; home: string; temporary: string };

export function profilesRoot(dataDir: string): string {
  return join(resolve(dataDir), 'profiles');
}

/** The folder of a profile below `dataDir`. Ids are checked because they become a path. */
export function profileRoot(dataDir: string, profileId: string): string {
  if (!/^[-\w]+$/.test(profileId)) throw new Failure('invalid_input', 'The id of the profile holds signs that a folder name cannot have.');
  return join(profilesRoot(dataDir), profileId);
}

export function userDataOf(root: string): string {
  return join(root, 'chromium');
}

/** Makes the folders, readable by this user only: they hold sessions. */
export async function prepareFolder(dataDir: string, profileId: string): Promise<ProfileFolder> {
  const root = profileRoot(dataDir, profileId);
  const folder = { root, userData: userDataOf(root), downloads: join(root, 'downloads'), home: join(root, 'home') };
  for (const path of [root, folder.userData, folder.downloads, folder.home]) await mkdir(path, { recursive: true, mode: 0o700 });
  return { ...folder, temporary: await mkdtemp(join(tmpdir(), 'patchbay-')) };
}

/**
 * Removes the lock that a killed Chromium leaves. The caller must hold the profile's lease: then a lock with a foreign host name is
 * the rest of another container (Chromium would refuse with exit code 21). A lock of this machine goes only when its process is dead
 * or is not a browser of this profile; a living one throws `profile_in_use`.
 */
export async function removeStaleLock(userData: string): Promise<void> {
  const lock = await readlink(join(userData, 'SingletonLock')).catch(() => null);
  if (!lock) return;
  const at = lock.lastIndexOf('-');
  const pid = Number(lock.slice(at + 1));
  const isOurs = lock.slice(0, at) === hostname();
  if (isOurs && isRunning(pid) && (await findBrowsersOf({ userData })).includes(pid)) throw new Failure('profile_in_use');
  for (const name of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) await rm(join(userData, name), { force: true });
}
