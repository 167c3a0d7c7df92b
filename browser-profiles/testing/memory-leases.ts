import type { Lease, Leases } from '#browser-profiles/leases.ts';
import { Failure } from '#core/failure.ts';

/** The table of leases for a test without a database. `takeAway` is another worker that took over. */
export type MemoryLeases = Leases & { held: Set<string>; takeAway(profileId: string): void };

export function memoryLeases(leaseMs = 30_000): MemoryLeases {
  const held = new Set<string>();
  const takenAway = new Set<string>();
  let fence = 0;
  const grant = (profileId: string, number: number): Lease => {
    const until = performance.now() + leaseMs;
    return { profileId, fence: number, remainingMs: () => until - performance.now() };
  };
  return {
    held,
    takeAway: (profileId) => void takenAway.add(profileId),
    acquire: async (profileId) => {
      if (takenAway.has(profileId)) throw new Failure('profile_in_use');
      held.add(profileId);
      fence += 1;
      return grant(profileId, fence);
    },
    renew: async (lease) => {
      if (takenAway.has(lease.profileId)) throw new Failure('lease_lost');
      return grant(lease.profileId, lease.fence);
    },
    release: async (lease) => void held.delete(lease.profileId),
  };
}
