import type { Logger } from 'pino';
import { listFolders, removeFolder } from '#browser-profiles/remove-folder.ts';
import type { Db } from '#sql/database.ts';
import { removedProfiles } from '#sql/profile-access.ts';

export type ForgetDeps = {
  db: Db;
  dataDir: string;
  /** Closes the profile's browser, if this host has it open, and keeps no watch over it any more. */
  close: (profileId: string) => Promise<void>;
  log: Pick<Logger, 'info' | 'warn'>;
};

/**
 * Removes the folders of profiles that were removed, on the host that holds them; their sessions lie there. The database has to say that a
 * profile was removed, not only that it knows none: a folder whose profile exists, is being made, or belongs to another database stays. What a
 * crash leaves half removed is found again by the next round. Answers the profiles whose folders are gone.
 */
export async function forgetRemoved({ db, dataDir, close, log }: ForgetDeps): Promise<string[]> {
  const found = await listFolders(dataDir);
  if (found.length === 0) return [];
  const gone: string[] = [];
  for (const profileId of await removedProfiles(db, found)) {
    // One that cannot be removed now must not hold up the others; the next round tries it again.
    const isGone = await close(profileId)
      .then(() => removeFolder(dataDir, profileId))
      .catch((error: unknown) => {
        log.warn({ err: error, profileId }, 'the folder of a removed profile could not be removed yet');
        return false;
      });
    if (isGone) gone.push(profileId);
  }
  if (gone.length > 0) log.info({ profiles: gone }, 'folders of removed profiles were removed');
  return gone;
}
