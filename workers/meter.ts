import { judgeRoom, type MemoryLimits } from '#browser-profiles/admission.ts';
import { findBrowsersOf } from '#browser-profiles/process-table.ts';
import { freeMemory, measureTrees, type Usage } from '#browser-profiles/process-usage.ts';
import { profileRoot, userDataOf } from '#browser-profiles/profile-folder.ts';
import type { Db } from '#sql/database.ts';
import { tellRoom, tellUsage } from '#sql/hibernation.ts';

/** What the meter looks at and acts on. */
export interface MeteredHost {
  liveIds(): string[];
  limit(count: number): void;
  recycle(profileId: string): Promise<boolean>;
}
export type MeterDeps = {
  db: Db;
  host: MeteredHost;
  hostId: string;
  dataDir: string;
  workspaceOf: (profileId: string) => string;
  limits: MemoryLimits;
  log: { warn(fields: object, text: string): void };
};

/** Measures what each open browser takes, tells it, and holds the host to what fits. Call the answer again and again. */
export function createMeter({ db, host, hostId, dataDir, workspaceOf, limits, log }: MeterDeps): () => Promise<void> {
  let before = new Map<string, Usage>();
  let beforeAt = performance.now();
  return async () => {
    const roots = new Map<string, number[]>();
    for (const id of host.liveIds()) roots.set(id, await findBrowsersOf({ userData: userDataOf(profileRoot(dataDir, id)) }));
    const measured = await measureTrees(roots);
    const seconds = (performance.now() - beforeAt) / 1000;
    const ref = (accountId: string) => ({ accountId, workspaceId: workspaceOf(accountId) });
    const told = [...measured].map(([id, usage]) => {
      const spent = usage.cpuSeconds - (before.get(id)?.cpuSeconds ?? usage.cpuSeconds);
      return { ...ref(id), pssBytes: usage.pssBytes, cpuShare: Math.max(0, spent / seconds) };
    });
    const closed = [...before.keys()].filter((id) => !measured.has(id)).map(ref);
    before = measured;
    beforeAt = performance.now();
    const taken = new Map([...measured].map(([id, usage]) => [id, usage.pssBytes]));
    const room = judgeRoom(taken, { freeBytes: await freeMemory(), limits });
    host.limit(room.fits ?? Number.POSITIVE_INFINITY);
    await tellUsage(db, told, closed);
    await tellRoom(db, hostId, room);
    for (const id of room.recycle)
      if (await host.recycle(id))
        log.warn({ profileId: id, megabytes: Math.round((taken.get(id) ?? 0) / 1024 / 1024) }, 'a browser took too much memory and was opened anew');
  };
}
