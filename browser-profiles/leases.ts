import { setTimeout as wait } from 'node:timers/promises';
import { asFailure, Failure } from '#core/failure.ts';

/** The right to run a profile, until it runs out. `remainingMs` is read on a monotonic clock, never on the wall clock. */
export type Lease = { profileId: string; fence: number; remainingMs(): number };

/** What the host needs of the table of leases; main hands it in. `acquire` is re-entrant for this worker. */
export interface Leases {
  /** Throws `profile_in_use` while another worker holds it. */
  acquire(profileId: string): Promise<Lease>;
  /** The same hold, longer. Throws `lease_lost` when it is another's by now. */
  renew(lease: Lease): Promise<Lease>;
  release(lease: Lease): Promise<void>;
}

/** A lease that is renewed until it is released. `lost` aborts with `lease_lost`; after that nothing may be typed. */
export type KeptLease = { current(): Lease; lost: AbortSignal; release(): Promise<void> };

/** Renewing at a third leaves two more tries. Below a fifth it is given up early, so that the browser is gone before somebody else begins. */
const renewAt = 1 / 3;
const giveUpAt = 1 / 5;

export async function keepLease(leases: Leases, profileId: string): Promise<KeptLease> {
  let lease = await leases.acquire(profileId);
  const lost = new AbortController();
  const released = new AbortController();
  const renewing = renewForever({
    released: released.signal,
    current: () => lease,
    renew: async () => {
      lease = await leases.renew(lease);
    },
  }).catch((error: unknown) => lost.abort(error));
  return {
    current: () => lease,
    lost: lost.signal,
    release: async () => {
      released.abort();
      await renewing;
      // A lease that cannot be given back runs out by itself.
      if (!lost.signal.aborted) await leases.release(lease).catch(() => undefined);
    },
  };
}

type Renewal = { released: AbortSignal; current(): Lease; renew(): Promise<void> };

/** Ends when released; throws `lease_lost` when the hold is gone or cannot be proven in time. */
async function renewForever({ released, current, renew }: Renewal): Promise<void> {
  let fullMs = current().remainingMs();
  let pauseMs = fullMs * renewAt;
  while (!released.aborted) {
    await wait(pauseMs, undefined, { signal: released }).catch(() => undefined);
    if (released.aborted) return;
    const late = new AbortController();
    try {
      // A database that hangs must not keep us from noticing that the hold runs out.
      const tooLate = wait(Math.max(0, current().remainingMs() - fullMs * giveUpAt), null, { signal: AbortSignal.any([late.signal, released]) }).then(
        () => {
          throw new Failure('lease_lost');
        },
      );
      await Promise.race([renew(), tooLate]);
      fullMs = current().remainingMs();
      pauseMs = fullMs * renewAt;
    } catch (error) {
      const leftMs = current().remainingMs() - fullMs * giveUpAt;
      if (asFailure(error).code === 'lease_lost' || leftMs <= 0) throw new Failure('lease_lost', undefined, { cause: error });
      // The database may be away for a moment: try again, several times before the hold runs out.
      pauseMs = Math.min(fullMs / 10, leftMs);
    } finally {
      late.abort();
    }
  }
}
