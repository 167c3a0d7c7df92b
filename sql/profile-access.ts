import { sql } from 'kysely';
import type { ProfileState } from '#core/profile.ts';
import type { Db, Trx } from './database.ts';
import { recordEvents } from './events.ts';
import { setBack } from './warm-up.ts';

/** What a host needs of a profile to open it. Secrets are still sealed. */
export type ProfileRow = {
  accountId: string;
  workspaceId: string;
  channel: string;
  baseUrl: string;
  locale: string;
  zone: string;
  stealth: boolean;
  pace: unknown;
  workspaceSettings: unknown;
  state: ProfileState;
  wanted: 'stopped' | 'running';
  /** Since when it sleeps; null: it does not. */
  hibernatedAt: Date | null;
  goesOut: 'direct' | 'proxy';
  proxy: { id: string; kind: string; host: string; port: number; username: string | null; sealedPassword: Buffer | null } | null;
  sealedCredentials: Buffer | null;
};

export async function readProfileRow(trx: Trx, accountId: string): Promise<ProfileRow | null> {
  const row = await trx
    .selectFrom('profiles as p')
    .innerJoin('accounts as a', 'a.id', 'p.account_id')
    .innerJoin('workspaces as w', 'w.id', 'p.workspace_id')
    .leftJoin('proxies as x', 'x.id', 'p.proxy_id')
    .select([
      'p.account_id',
      'p.workspace_id',
      'a.channel',
      'p.base_url',
      'p.locale',
      'p.zone',
      'p.stealth',
      'a.pace',
      'w.settings',
      'p.state',
      'p.wanted',
      'p.hibernated_at',
    ])
    .select(['p.goes_out', 'p.sealed_credentials', 'x.id as proxy_id', 'x.kind', 'x.host', 'x.port', 'x.username', 'x.sealed_password'])
    .where('p.account_id', '=', accountId)
    .executeTakeFirst();
  if (!row) return null;
  return {
    accountId: row.account_id,
    workspaceId: row.workspace_id,
    channel: row.channel,
    baseUrl: row.base_url,
    locale: row.locale,
    zone: row.zone,
    stealth: row.stealth,
    pace: row.pace,
    workspaceSettings: row.settings,
    // The tables hold these words only: a CHECK and the functions below write them.
    state: row.state as ProfileState,
    wanted: row.wanted as ProfileRow['wanted'],
    hibernatedAt: row.hibernated_at,
    goesOut: row.goes_out as ProfileRow['goesOut'],
    proxy:
      row.proxy_id && row.kind && row.host && row.port
        ? { id: row.proxy_id, kind: row.kind, host: row.host, port: row.port, username: row.username, sealedPassword: row.sealed_password }
        : null,
    sealedCredentials: row.sealed_credentials,
  };
}

export type StateChange = {
  workspaceId: string;
  accountId: string;
  state: ProfileState;
  why: string | null;
  until?: Date | null;
  identity?: string | null;
};

/** Writes a state with its reason, and tells of it. False when nothing changed. */
export async function setProfileState(trx: Trx, change: StateChange): Promise<boolean> {
  const { rows } = await sql`
    update profiles set state = ${change.state}, state_why = ${change.why}, state_until = ${change.until ?? null},
           state_at = case when state = ${change.state} then state_at else now() end,
           launched_at = case when ${change.state} = 'launching' then now() else launched_at end
     where account_id = ${change.accountId} and (state, state_why) is distinct from (${change.state}, ${change.why}) returning 1`.execute(trx);
  if (change.identity) await sql`update accounts set identity = ${change.identity}, updated_at = now() where id = ${change.accountId}`.execute(trx);
  if (change.state === 'failed' || change.state === 'held') {
    await sql`update accounts set last_error = ${change.why}, last_error_at = now() where id = ${change.accountId}`.execute(trx);
  }
  if (rows.length > 0 && change.state === 'restricted') await setBack(trx, { ...change, why: 'restricted' });
  if (rows.length > 0 || change.identity) await recordEvents(trx, change.workspaceId, [{ kind: 'profile_changed', profileId: change.accountId }]);
  return rows.length > 0;
}

/** Whether the profile should run: a worker that starts opens those that should. */
export async function setWanted(trx: Trx, accountId: string, wanted: 'stopped' | 'running'): Promise<void> {
  await trx.updateTable('profiles').set({ wanted }).where('account_id', '=', accountId).execute();
}

/** Profiles that should run and that no living host holds. */
export async function unheldProfiles(db: Db): Promise<{ workspaceId: string; accountId: string }[]> {
  const { rows } = await sql<{ workspace_id: string; account_id: string }>`select * from unheld_profiles(now())`.execute(db);
  return rows.map((row) => ({ workspaceId: row.workspace_id, accountId: row.account_id }));
}

/** Profiles that this host holds, and whether their workspace wants chats with a badge opened by themselves. */
export async function liveProfiles(
  db: Db,
  hostId: string,
): Promise<{ workspaceId: string; accountId: string; channel: string; opensUnread: boolean }[]> {
  const { rows } = await sql<{
    workspace_id: string;
    account_id: string;
    channel: string;
    opens_unread: boolean;
  }>`select * from held_profiles(${hostId}, now())`.execute(db);
  return rows.map((row) => ({ workspaceId: row.workspace_id, accountId: row.account_id, channel: row.channel, opensUnread: row.opens_unread }));
}

/** Which of these were profiles and were removed. One that the database has never known is not among them. */
export async function removedProfiles(db: Db, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ account_id: string }>`select * from removed_of(${[...ids]}::uuid[])`.execute(db);
  return rows.map((row) => row.account_id);
}
