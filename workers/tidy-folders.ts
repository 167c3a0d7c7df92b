import { listFolders } from '#browser-profiles/remove-folder.ts';
import type { Db } from '#sql/database.ts';
import { foldersToTidy } from '#sql/snapshots.ts';
import { type ForgetDeps, forgetRemoved } from './forget-removed.ts';
import type { ProfileRef } from './profile-spec-of.ts';

export type TidyDeps = {
  db: Db;
  dataDir: string;
  dataDirId: string;
  host: { tidy(profileId: string): Promise<void> };
  know: (ref: ProfileRef) => void;
};

/**
 * A closed profile leaves no session on this disk. What a kill left between keeping and removing, what another host has gone on with, and what could
 * not be kept at the time is looked after here; a folder that is in use is left alone.
 */
async function tidyFolders({ db, dataDir, dataDirId, host, know }: TidyDeps): Promise<void> {
  const found = await listFolders(dataDir);
  if (found.length === 0) return;
  for (const ref of await foldersToTidy(db, found, dataDirId)) {
    know(ref);
    await host.tidy(ref.accountId);
  }
}

/** One round over the folders of this machine: of removed profiles, and of those that should leave nothing. */
export function createFolderRound(deps: TidyDeps & ForgetDeps): () => Promise<void> {
  return async () => {
    await forgetRemoved(deps);
    await tidyFolders(deps);
  };
}
