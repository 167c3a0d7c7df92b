import { type SelectQueryBuilder, sql } from 'kysely';
import { z } from 'zod';
import { ConnectionLogin, type ConnectionState, connectionStateOf, endOfConnection } from '#core/connection.ts';
import { Failure } from '#core/failure.ts';
import { usualGraphVersion } from '#core/graph-version.ts';
import { Platform } from '#core/platform-event.ts';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';

/** A sync that began so long ago has died with its worker. */
export const syncLastsMinutes = 15;

export async function listConnections(trx: Trx, now: Date) {
  const rows = await selectConnections(trx).orderBy('accounts.name').execute();
  return rows.map((row) => toShown(row, now)).toSorted((a, b) => urgency[b.state] - urgency[a.state]);
}

export async function readConnection(trx: Trx, accountId: string, now: Date) {
  const row = await selectConnections(trx).where('accounts.id', '=', accountId).executeTakeFirst();
  if (!row) throw new Failure('not_found');
  return toShown(row, now);
}

/** Throws `wrong_state` when it is disconnected, or has never had a token. */

const urgency: Record<ConnectionState, number> = { broken: 4, expired: 4, expires_soon: 3, connected: 2, disconnected: 1 };

function selectConnections(trx: Trx) {
  return trx
    .selectFrom('accounts')
    .innerJoin('platform_accounts', 'platform_accounts.account_id', 'accounts.id')
    .selectAll('platform_accounts')
    .select(['accounts.id', 'accounts.name', 'accounts.channel', sql<boolean>`platform_accounts.sealed_token is not null`.as('has_token')]);
}
type Selected = ReturnType<typeof selectConnections> extends SelectQueryBuilder<infer _D, infer _T, infer Row> ? Row : never;

const Facts = z.record(z.string(), z.string());

function warningIn({ warned_at, warns, warning }: Selected) {
  // The column has a check with these words.
  return warned_at && warning !== null ? { at: instant(warned_at), whom: warns as 'operator' | 'admin', text: warning } : null;
}

function toShown(row: Selected, now: Date) {
  const graphVersion = row.graph_version ?? usualGraphVersion;
  const facts = {
    disconnectedAt: row.disconnected_at,
    brokenAt: row.broken_at,
    tokenEndsAt: row.token_ends_at,
    dataEndsAt: row.data_ends_at,
    graphVersion,
  };
  const state = connectionStateOf(row.has_token || row.disconnected_at ? facts : { ...facts, brokenAt: row.connected_at }, now);
  const end = row.disconnected_at ? null : endOfConnection(facts);
  return {
    id: row.id,
    name: row.name,
    platform: Platform.parse(row.platform),
    channel: row.channel,
    externalId: row.external_id,
    businessId: row.business_id,
    username: row.username,
    login: ConnectionLogin.parse(row.login),
    graphUrl: row.graph_url ?? '',
    graphVersion,
    state,
    stateWhy: row.broken_why,
    isActive: row.disconnected_at === null && row.has_token,
    connectedAt: instant(row.connected_at),
    disconnectedAt: instant(row.disconnected_at),
    expiresAt: instant(row.token_ends_at),
    ends: end && { what: end.what, at: instant(end.at) },
    subscribedAt: instant(row.subscribed_at),
    checkedAt: instant(row.checked_at),
    syncedAt: instant(row.synced_at),
    isSyncing: row.sync_started_at !== null && now.getTime() - row.sync_started_at.getTime() < syncLastsMinutes * 60_000,
    syncError: row.sync_error,
    warning: warningIn(row),
    restsUntil: row.rests_until && row.rests_until > now ? instant(row.rests_until) : null,
    facts: Facts.catch({}).parse(row.facts),
  };
}
