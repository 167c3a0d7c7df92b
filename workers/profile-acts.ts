import type { Channel } from '#core/channel.ts';
import { asFailure } from '#core/failure.ts';
import type { JobPayload } from '#core/jobs.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { holderOf } from '#sql/leases.ts';
import { liveProfiles, setProfileState, unheldProfiles } from '#sql/profile-access.ts';
import { hostQueue, type Queue } from '#sql/queue.ts';
import { isElsewhere } from './desk.ts';
import type { ProfileDesk } from './profile-desk.ts';
import { type ProfileRef, readProfile } from './profile-spec-of.ts';
import { readAccount } from './read-slice.ts';

export type ActDeps = {
  db: Db;
  desk: ProfileDesk;
  queue: Queue;
  hostId: string;
  channel: Channel;
  clock: Clock;
  tell: () => void;
  stop: AbortSignal;
};
export type ProfileActs = {
  act(job: JobPayload<'profile_act'>, signal: AbortSignal): Promise<void>;
  /** Opens profiles that should run and that nobody holds. */
  openUnheld(): Promise<void>;
  /** Reads the profiles of this host whose workspace wants chats read by themselves. */
  readAll(): Promise<void>;
};

/** What people ask of profiles: start, stop, read. */
export function createProfileActs(deps: ActDeps): ProfileActs {
  const busy = new Set<string>();
  /** One reading of a profile at a time: the next round finds what this one has missed. */
  const read = async (ref: ProfileRef, channel: string, openUnread: boolean, signal: AbortSignal) => {
    if (busy.has(ref.accountId)) return;
    busy.add(ref.accountId);
    const account = { id: ref.accountId, workspaceId: ref.workspaceId, channel };
    await readAccount({ db: deps.db, channel: deps.channel, clock: deps.clock, tell: deps.tell }, { account, openUnread, signal }).finally(() =>
      busy.delete(ref.accountId),
    );
  };
  return {
    async act({ workspaceId, accountId, act }, signal) {
      const ref = { workspaceId, accountId };
      const holder = await holderOf(deps.db, workspaceId, accountId);
      if (holder && holder.hostId !== deps.hostId) {
        await deps.queue.send('profile_act', { workspaceId, accountId, act }, { queue: hostQueue(holder.hostId) });
        return;
      }
      // A failed start is the profile's state by then; the job has told all it can.
      if (act === 'start') await deps.desk.start(ref, signal).catch(() => undefined);
      if (act === 'stop') await deps.desk.stop(ref);
      if (act === 'read') await read(ref, (await readProfile(deps.db, ref)).channel, true, signal);
    },
    async openUnheld() {
      for (const ref of await unheldProfiles(deps.db)) {
        if (deps.stop.aborted || !(await deps.desk.isToBeOpened(ref))) continue;
        await deps.desk.start(ref, deps.stop).catch(async (error: unknown) => {
          const failure = asFailure(error);
          const state = deps.desk.stateOf(ref.accountId);
          // What a profile is held by, the desk has written; one that a person has stopped meanwhile has no state here any more.
          if (isElsewhere(failure) || state === 'held' || state === null) return;
          await inWorkspace(deps.db, ref.workspaceId, (trx) => setProfileState(trx, { ...ref, state: 'failed', why: failure.message }));
        });
      }
    },
    async readAll() {
      for (const profile of await liveProfiles(deps.db, deps.hostId)) {
        if (deps.desk.stateOf(profile.accountId) !== 'ready') continue;
        // Not ready any more, or busy typing: the next round.
        await read(profile, profile.channel, profile.opensUnread, deps.stop).catch(() => undefined);
      }
    },
  };
}
