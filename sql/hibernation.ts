import { sql } from 'kysely';
import { type Db, inWorkspace, type Trx } from './database.ts';
import { recordEvent } from './events.ts';

type Place = { workspaceId: string; accountId: string };

/** It sleeps: no host opens it before something is to be done. Or it is awake again. */
export async function setHibernated(trx: Trx, { workspaceId, accountId }: Place, isAsleep: boolean): Promise<void> {
  const { rows } = await sql`update profiles set hibernated_at = case when ${isAsleep} then now() end
    where account_id = ${accountId} and (hibernated_at is not null) is distinct from ${isAsleep} returning 1`.execute(trx);
  if (rows.length > 0) await recordEvent(trx, workspaceId, { kind: 'profile_changed', profileId: accountId });
}

/** Profiles of any workspace that should run and have slept for so long, the longest sleepers first. */
export async function sleepingProfiles(db: Db, forSeconds: number): Promise<Place[]> {
  const { rows } = await sql<{ workspace_id: string; account_id: string }>`
    select * from sleeping_profiles(now() - make_interval(secs => ${forSeconds}))`.execute(db);
  return rows.map((row) => ({ workspaceId: row.workspace_id, accountId: row.account_id }));
}

/** This profile, if it should run and sleeps. */
export async function sleepingProfile(db: Db, profileId: string): Promise<Place | null> {
  const { rows } = await sql<{ workspace_id: string; account_id: string }>`select * from sleeping_profile(${profileId})`.execute(db);
  const row = rows[0];
  return row ? { workspaceId: row.workspace_id, accountId: row.account_id } : null;
}

export type MeasuredProfile = Place & { pssBytes: number; cpuShare: number };

/** What the browsers of this host take now. What is no longer open takes nothing. */
export async function tellUsage(db: Db, measured: readonly MeasuredProfile[], closed: readonly Place[]): Promise<void> {
  for (const workspaceId of new Set([...measured, ...closed].map((one) => one.workspaceId))) {
    await inWorkspace(db, workspaceId, async (trx) => {
      for (const { accountId, pssBytes, cpuShare } of measured.filter((one) => one.workspaceId === workspaceId))
        await sql`update profiles set pss_bytes = ${pssBytes}, cpu_share = ${cpuShare}, measured_at = now() where account_id = ${accountId}`.execute(
          trx,
        );
      for (const { accountId } of closed.filter((one) => one.workspaceId === workspaceId))
        await sql`update profiles set pss_bytes = null, cpu_share = null where account_id = ${accountId}`.execute(trx);
    });
  }
}

/** How many browsers this host has open, how many would fit, and why it starts no more. */
export async function tellRoom(db: Db, hostId: string, room: { open: number; fits: number | null; why: string | null }): Promise<void> {
  await db
    .updateTable('hosts')
    .set({ open_browsers: room.open, fitting_browsers: room.fits, refuses_why: room.why })
    .where('id', '=', hostId)
    .execute();
}

/** The same of all hosts that live, for Health. */
export async function readRooms(db: Db): Promise<{ open: number; slots: number; fits: number | null; why: string | null }[]> {
  const { rows } = await sql<{ open: number; slots: number; fits: number | null; why: string | null }>`
    select open_browsers as open, slots, fitting_browsers as fits, refuses_why as why from hosts
     where seen_at > now() - interval '15 seconds' order by started_at`.execute(db);
  return rows;
}
