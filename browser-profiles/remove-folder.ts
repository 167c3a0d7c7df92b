import { existsSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { reapProfile, recordOf } from './browser-record.ts';
import { findBrowsersOf } from './process-table.ts';
import { profileRoot, profilesRoot, userDataOf } from './profile-folder.ts';

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

/** Ids of the profiles that have a folder below `dataDir`. Links, files and names that no profile has are not ours and are left out. */
export async function listFolders(dataDir: string): Promise<string[]> {
  const entries = await readdir(profilesRoot(dataDir), { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && uuid.test(entry.name)).map((entry) => entry.name);
}

/**
 * Removes everything that a profile has left on this machine. A browser that a dead worker left is ended first. Answers false and touches
 * nothing while a browser has the folder open, be it another worker's. Stopped in the middle, the next call goes on.
 */
export async function removeFolder(dataDir: string, profileId: string): Promise<boolean> {
  if (!uuid.test(profileId)) return false;
  const root = profileRoot(dataDir, profileId);
  const entry = await lstat(root).catch(() => null);
  // A link would lead out of the directory.
  if (!entry?.isDirectory()) return false;
  await reapProfile(root);
  if (existsSync(recordOf(root)) || (await findBrowsersOf({ userData: userDataOf(root) })).length > 0) return false;
  await rm(root, { recursive: true, force: true, maxRetries: 3 });
  return true;
}
