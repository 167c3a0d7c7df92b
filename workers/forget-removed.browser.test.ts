import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { profileRoot } from '#browser-profiles/profile-folder.ts';
import { startLoopbackSite } from '#browser-profiles/testing/loopback-site.ts';
import { openHost, pidsOf, specOf } from '#browser-profiles/testing/open-host.ts';
import { addTestWorkspace, createTestDatabase } from '#e2e/test-database.ts';
import { inWorkspace } from '#sql/database.ts';
import { forgetRemoved } from './forget-removed.ts';
import { addTestProfile } from './testing/add-profile.ts';

test('a browser that is still open when its profile is removed is closed before its folder goes', async () => {
  await using base = await createTestDatabase();
  const site = await startLoopbackSite();
  const { host, dataDir, close } = await openHost();
  try {
    const workspaceId = await addTestWorkspace(base.db);
    const id = await addTestProfile(base.db, workspaceId, site.url);
    await host.start(specOf(id, site.url), AbortSignal.timeout(60_000));
    const log = { info: () => undefined, warn: () => undefined };
    // A host that does not know the profile as its own leaves an open folder alone.
    const forget = (stop: (profileId: string) => Promise<void>) => forgetRemoved({ db: base.db, dataDir, close: stop, log });
    await inWorkspace(base.db, workspaceId, (trx) => trx.deleteFrom('accounts').where('id', '=', id).execute());
    expect(await forget(async () => undefined)).toEqual([]);
    expect(await pidsOf(dataDir, id)).toHaveLength(1);
    expect(await forget((profileId) => host.stop(profileId, 'asked'))).toEqual([id]);
    expect(await pidsOf(dataDir, id)).toEqual([]);
    expect(existsSync(profileRoot(dataDir, id))).toBe(false);
  } finally {
    await close();
    await site.close();
  }
});
