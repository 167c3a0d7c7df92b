import type { ProfileSpec } from '#browser-profiles/profile-spec.ts';
import type { Traffic } from '#browser-profiles/proxy.ts';
import type { Db } from '#sql/database.ts';
import { addTraffic, type TrafficOf } from '#sql/traffic.ts';

/** Adds up what passes the hops of profiles, and writes it into their days when told to. */
export function createTrafficBook(db: Db): { note(spec: ProfileSpec, passed: Traffic): void; write(): Promise<void> } {
  let noted = new Map<string, TrafficOf>();
  const note = ({ id, workspaceId }: Pick<ProfileSpec, 'id' | 'workspaceId'>, { sentBytes, receivedBytes }: Traffic) => {
    const before = noted.get(id);
    noted.set(id, {
      workspaceId,
      accountId: id,
      sentBytes: sentBytes + (before?.sentBytes ?? 0),
      receivedBytes: receivedBytes + (before?.receivedBytes ?? 0),
    });
  };
  const write = async () => {
    const passed = [...noted.values()];
    noted = new Map();
    try {
      await addTraffic(db, passed);
    } catch (error) {
      // A database that is away gets it the next time.
      for (const { accountId, ...one } of passed) note({ id: accountId, workspaceId: one.workspaceId }, one);
      throw error;
    }
  };
  return { note, write };
}
