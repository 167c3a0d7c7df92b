import { Failure } from '#core/failure.ts';
import type { Db } from '#sql/database.ts';
import { acquireLease, leaseSeconds, releaseLease, renewLease } from '#sql/leases.ts';
import { oneByOne } from './one-by-one.ts';

export type Hold = { profileId: string; fence: number; remainingMs(): number };
type Held = { fence: number; workspaceId: string; endsAt: number; users: number };

/**
 * The leases that this host holds, over the table of leases. Time is read on a monotonic clock from before the question was asked, so a
 * wall clock that jumps cannot make a hold look longer. Taking one again while it is held only counts another user.
 */
export class Holds {
  readonly #db: Db;
  readonly #hostId: string;
  readonly #held = new Map<string, Held>();
  readonly #workspaces = new Map<string, string>();
  /** A lease that is given back while it is taken again would end under its new user. */
  readonly #inOrder = oneByOne();

  constructor(db: Db, hostId: string) {
    this.#db = db;
    this.#hostId = hostId;
  }

  /** Which workspace an account belongs to: has to be said before its lease is taken. */
  know(accountId: string, workspaceId: string): void {
    this.#workspaces.set(accountId, workspaceId);
  }

  /** Throws `profile_in_use` while another host holds it. */
  async acquire(accountId: string): Promise<Hold> {
    return this.#inOrder(accountId, () => this.#take(accountId));
  }

  async #take(accountId: string): Promise<Hold> {
    const workspaceId = this.workspaceOf(accountId);
    const asked = performance.now();
    const lease = await acquireLease(this.#db, { workspaceId, accountId, hostId: this.#hostId });
    if (!lease) throw new Failure('profile_in_use');
    const before = this.#held.get(accountId);
    const users = before && before.fence === lease.fence ? before.users + 1 : 1;
    this.#held.set(accountId, { fence: lease.fence, workspaceId, endsAt: asked + leaseSeconds * 1000, users });
    return this.#holdOf(accountId, lease.fence);
  }

  /** Throws `lease_lost` when it is another host's by now. */
  async renew(hold: Hold): Promise<Hold> {
    const asked = performance.now();
    const workspaceId = this.workspaceOf(hold.profileId);
    const kept = await renewLease(this.#db, { workspaceId, accountId: hold.profileId, hostId: this.#hostId, fence: hold.fence });
    const held = this.#held.get(hold.profileId);
    if (!kept || !held) throw new Failure('lease_lost');
    held.endsAt = asked + leaseSeconds * 1000;
    return hold;
  }

  async release(hold: Hold): Promise<void> {
    return this.#inOrder(hold.profileId, () => this.#giveBack(hold));
  }

  async #giveBack(hold: Hold): Promise<void> {
    const held = this.#held.get(hold.profileId);
    if (!held || held.fence !== hold.fence) return;
    held.users -= 1;
    if (held.users > 0) return;
    this.#held.delete(hold.profileId);
    await releaseLease(this.#db, { workspaceId: held.workspaceId, accountId: hold.profileId, hostId: this.#hostId, fence: hold.fence });
  }

  #holdOf(accountId: string, fence: number): Hold {
    return {
      profileId: accountId,
      fence,
      remainingMs: () => {
        const held = this.#held.get(accountId);
        return held && held.fence === fence ? Math.max(0, held.endsAt - performance.now()) : 0;
      },
    };
  }

  workspaceOf(accountId: string): string {
    const workspaceId = this.#workspaces.get(accountId);
    if (!workspaceId) throw new Error(`the workspace of account ${accountId} was never said`);
    return workspaceId;
  }
}
