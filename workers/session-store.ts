import type { Lease } from '#browser-profiles/leases.ts';
import type { Snapshots } from '#browser-profiles/snapshot.ts';
import { asFailure } from '#core/failure.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import type { Sealer } from '#sql/sealed.ts';
import {
  readSnapshot,
  restorableSnapshots,
  type SnapshotWriter,
  sayOpenedIn,
  saySnapshotFailed,
  whereSessionLies,
  writeSnapshot,
} from '#sql/snapshots.ts';

export type SessionStoreDeps = {
  db: Db;
  sealer: Sealer;
  hostId: string;
  /** Names the data directory of this machine, whichever run of a worker uses it. */
  dataDirId: string;
  workspaceOf: (accountId: string) => string;
  mostBytes: number;
  tell: () => void;
  log: { warn(fields: object, text: string): void };
};

/** Sessions of closed browsers in the database. What is written is sealed, and only under the lease that the host holds. */
export function createSessionStore({ db, sealer, hostId, dataDirId, workspaceOf, mostBytes, tell, log }: SessionStoreDeps): Snapshots {
  const writerOf = ({ profileId, fence }: Lease): SnapshotWriter => ({ workspaceId: workspaceOf(profileId), accountId: profileId, hostId, fence });
  return {
    mostBytes,
    async toRestore(lease) {
      const { accountId, workspaceId } = writerOf(lease);
      const place = { accountId, workspaceId };
      const generations = await inWorkspace(db, workspaceId, async (trx) => {
        const { isHere } = await whereSessionLies(trx, { accountId, dataDirId });
        return isHere ? null : restorableSnapshots(trx, accountId);
      });
      return generations?.map((generation) => readSnapshot(db, place, { generation, sealer })) ?? null;
    },
    opened: (lease) => sayOpenedIn(db, writerOf(lease), dataDirId),
    async keep(lease, { packed, plainBytes, stays }) {
      await writeSnapshot(db, writerOf(lease), { chunks: packed, plainBytes, sealer, stays });
      tell();
    },
    async failed({ profileId }, failure) {
      const { code, message } = asFailure(failure);
      log.warn({ profileId, code, ...(code === 'broken' ? { err: failure } : {}) }, 'a session was not kept');
      if (code === 'lease_lost') return;
      await saySnapshotFailed(db, { workspaceId: workspaceOf(profileId), accountId: profileId }, message).catch(() => undefined);
      tell();
    },
  };
}
