import { sql } from 'kysely';
import type { z } from 'zod';
import { OwnPace } from '#core/api/fields.ts';
import type { AddressKind } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import { Ceilings } from '#core/policy.ts';
import { ProfileState } from '#core/profile.ts';
import { mismatchOf } from '#core/proxy-mismatch.ts';
import { type AccountRow, accountColumns, accountCounts, attentionOf, removeAccount, toShared } from './accounts.ts';
import { type HolderRow, holderColumns, joinHolder, toHolder } from './controls.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { exitOf } from './profile-exit.ts';
import { brokenUnique } from './unique.ts';

export type NewProfile = {
  name: string;
  channel: string;
  addressedBy: AddressKind;
  /** Null goes out directly, by choice. */
  proxyId: string | null;
  /** Chooses the proxy, when none is named. */
  poolId?: string | null;
  group?: string;
  tags?: string[];
  notes?: string;
  baseUrl: string;
  locale: string;
  zone: string;
  stealth: boolean;
  pace: z.output<typeof OwnPace>;
  ceilings: Ceilings;
};
export type ProfileChange = Partial<Omit<NewProfile, 'channel' | 'addressedBy'>>;
type Place = { workspaceId: string; profileId: string };

/** Those that need a person first, then by name. */
export async function listProfiles(trx: Trx, now: Date) {
  return (await selectProfiles(trx, now, null)).toSorted((a, b) => attentionOf(b.state) - attentionOf(a.state) || a.name.localeCompare(b.name));
}

export async function readProfile(trx: Trx, profileId: string, now: Date) {
  const [profile] = await selectProfiles(trx, now, profileId);
  if (!profile) throw new Failure('not_found');
  return profile;
}

export async function addProfile(trx: Trx, workspaceId: string, profile: NewProfile): Promise<string> {
  const { proxyId, poolId = null, group, tags, notes, baseUrl, locale, zone, stealth } = profile;
  const { id } = await trx
    .insertInto('accounts')
    .values({
      workspace_id: workspaceId,
      channel: profile.channel,
      addressed_by: profile.addressedBy,
      name: profile.name,
      pace: JSON.stringify(profile.pace),
      ceilings: JSON.stringify(profile.ceilings),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(nameTaken);
  const exit = await exitOf(trx, { proxyId, poolId }, null);
  await trx
    .insertInto('profiles')
    .values({ account_id: id, workspace_id: workspaceId, base_url: baseUrl, locale, zone, stealth, group_name: group, tags, notes, ...exit })
    .execute()
    .catch(nameTaken);
  await recordEvent(trx, workspaceId, { kind: 'profiles_listed' });
  return id;
}

/** What the browser was opened with cannot change under it: throws `wrong_state` while the profile is wanted running. */
export async function changeProfile(trx: Trx, { workspaceId, profileId }: Place, change: ProfileChange): Promise<void> {
  const before = await lockProfile(trx, profileId);
  const changed = bound.filter((field) => change[field] !== undefined && change[field] !== before[field]);
  if (changed.length > 0 && before.wanted === 'running') {
    const fields = Object.fromEntries(changed.map((field) => [field, 'can only change while the profile is stopped']));
    throw new Failure('wrong_state', 'Stop the profile first: its browser was opened with these settings.', { fields });
  }
  const { name, pace, ceilings, proxyId, poolId, group, tags, notes, baseUrl, locale, zone, stealth } = change;
  await trx
    .updateTable('accounts')
    .set({ name, pace: pace && JSON.stringify(pace), ceilings: ceilings && JSON.stringify(ceilings), updated_at: sql<Date>`now()` })
    .where('id', '=', profileId)
    .execute()
    .catch(nameTaken);
  const exit = proxyId === undefined && poolId === undefined ? {} : await exitOf(trx, { proxyId, poolId }, before);
  if ([...bound, ...free].some((field) => change[field] !== undefined)) {
    await trx
      .updateTable('profiles')
      .set({ base_url: baseUrl, locale, zone, stealth, group_name: group, tags, notes, ...exit })
      .where('account_id', '=', profileId)
      .execute();
  }
  await recordEvent(trx, workspaceId, { kind: 'profile_changed', profileId });
}

const bound = ['proxyId', 'poolId', 'baseUrl', 'locale', 'zone', 'stealth'] as const;
const free = ['group', 'tags', 'notes'] as const;

/** Throws `wrong_state` unless stopped, `in_use` while deliveries wait on it or a campaign names it as sender. */
export async function removeProfile(trx: Trx, { workspaceId, profileId }: Place): Promise<void> {
  const profile = await lockProfile(trx, profileId);
  if (profile.wanted === 'running' || profile.state !== 'stopped') throw new Failure('wrong_state', 'Stop the profile before you remove it.');
  await removeAccount(trx, profileId);
  await recordEvent(trx, workspaceId, { kind: 'profiles_listed' });
}

/** What a person wants; the worker makes it so. Answers false when it was so already. */
export async function wantProfile(trx: Trx, { workspaceId, profileId }: Place, wanted: 'running' | 'stopped'): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('profiles')
    .set({ wanted })
    .where('account_id', '=', profileId)
    .where('wanted', '<>', wanted)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await recordEvent(trx, workspaceId, { kind: 'profile_changed', profileId });
  return numUpdatedRows > 0n;
}

/** Which account of this workspace this is: by id, name, or the identity that the messenger gave it. Throws `not_found`. */
export async function findAccount(trx: Trx, named: string): Promise<{ id: string; channel: string; addressedBy: AddressKind; isProfile: boolean }> {
  const { rows } = await sql<{ id: string; channel: string; addressed_by: AddressKind; is_profile: boolean }>`
    select a.id, a.channel, a.addressed_by, p.account_id is not null as is_profile from accounts a left join profiles p on p.account_id = a.id
     where a.id::text = ${named} or a.name = ${named} or a.identity = ${named}
     order by a.id::text = ${named} desc, a.name = ${named} desc limit 1`.execute(trx);
  const row = rows[0];
  if (!row) throw new Failure('not_found', `There is no profile named ${named.slice(0, 80)}.`);
  return { id: row.id, channel: row.channel, addressedBy: row.addressed_by, isProfile: row.is_profile };
}

/** Names of those of the given profiles that exist in this workspace, by id. */
export async function readProfileNames(trx: Trx, profileIds: readonly string[]): Promise<Map<string, string>> {
  if (profileIds.length === 0) return new Map();
  const rows = await trx
    .selectFrom('accounts')
    .innerJoin('profiles', 'profiles.account_id', 'accounts.id')
    .select(['accounts.id', 'accounts.name'])
    .where('accounts.id', 'in', profileIds)
    .execute();
  return new Map(rows.map((row) => [row.id, row.name]));
}

async function selectProfiles(trx: Trx, now: Date, profileId: string | null) {
  const { rows } = await sql<ProfileRow>`
    select ${accountColumns}, p.proxy_id, x.name as proxy_name, p.pool_id, o.name as pool_name, x.check_result ->> 'country' as exit_country, p.goes_out, p.base_url, p.locale, p.zone, p.stealth, a.pace, p.wanted, p.state, p.state_why,
           p.state_at, p.state_until, p.sealed_credentials is not null as has_credentials, p.group_name, p.tags, p.notes, p.launched_at, a.created_at, a.updated_at,
           p.hibernated_at, p.snapshot_why, p.pss_bytes, p.cpu_share, p.measured_at, k.bytes as kept_bytes, k.made_at as kept_at,
           ${holderColumns}
      from accounts a join profiles p on p.account_id = a.id join workspaces w on w.id = a.workspace_id
           left join proxies x on x.id = p.proxy_id left join proxy_pools o on o.id = p.pool_id
      ${joinHolder}
      left join lateral (select s.bytes, s.made_at from snapshots s where s.account_id = a.id and s.made_at is not null
                          order by s.generation desc limit 1) k on true
    ${accountCounts(now)} ${profileId ? sql`where a.id = ${profileId}` : sql``}`.execute(trx);
  return rows.map(toProfile);
}

type ProfileRow = AccountRow &
  HolderRow & {
    proxy_id: string | null;
    proxy_name: string | null;
    pool_id: string | null;
    pool_name: string | null;
    exit_country: string | null;
    goes_out: 'direct' | 'proxy';
    base_url: string;
    locale: string;
    zone: string;
    stealth: boolean;
    pace: unknown;
    wanted: 'stopped' | 'running';
    state: string;
    state_why: string | null;
    state_at: Date;
    state_until: Date | null;
    has_credentials: boolean;
    hibernated_at: Date | null;
    snapshot_why: string | null;
    pss_bytes: number | null;
    cpu_share: number | null;
    measured_at: Date | null;
    kept_bytes: number | null;
    kept_at: Date | null;
    group_name: string;
    tags: string[];
    notes: string;
    launched_at: Date | null;
    created_at: Date;
    updated_at: Date;
  };

function toProfile(row: ProfileRow) {
  return {
    ...toShared(row),
    proxyId: row.proxy_id,
    proxyName: row.proxy_name,
    poolId: row.pool_id,
    poolName: row.pool_name,
    mismatch: mismatchOf(row, row.exit_country),
    group: row.group_name,
    tags: row.tags,
    notes: row.notes,
    control: toHolder(row),
    goesOut: row.goes_out,
    exitCountry: row.goes_out === 'proxy' ? row.exit_country : null,
    baseUrl: row.base_url,
    locale: row.locale,
    zone: row.zone,
    stealth: row.stealth,
    pace: OwnPace.parse(row.pace),
    ceilings: Ceilings.parse(row.ceilings),
    wanted: row.wanted,
    state: ProfileState.parse(row.state),
    stateWhy: row.state_why,
    stateAt: instant(row.state_at),
    stateUntil: instant(row.state_until),
    launchedAt: instant(row.launched_at),
    hasCredentials: row.has_credentials,
    isAsleep: row.hibernated_at !== null && row.wanted === 'running',
    kept: row.kept_at && { bytes: row.kept_bytes ?? 0, at: instant(row.kept_at) },
    keptWhy: row.snapshot_why,
    usage: usageOf(row),
    createdAt: instant(row.created_at),
    updatedAt: instant(row.updated_at),
  };
}

function usageOf({ pss_bytes, cpu_share, measured_at }: ProfileRow) {
  return pss_bytes !== null && measured_at ? { memoryBytes: pss_bytes, cpuShare: cpu_share ?? 0, at: instant(measured_at) } : null;
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error) === 'accounts_workspace_id_name_key') {
    throw new Failure('already_exists', 'An account with this name exists already.', { fields: { name: 'is taken' }, cause: error });
  }
  throw error;
}

async function lockProfile(trx: Trx, profileId: string) {
  const row = await trx
    .selectFrom('profiles')
    .select(['wanted', 'state', 'proxy_id', 'pool_id', 'base_url', 'locale', 'zone', 'stealth'])
    .where('account_id', '=', profileId)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new Failure('not_found');
  return { ...row, proxyId: row.proxy_id, poolId: row.pool_id, baseUrl: row.base_url };
}
