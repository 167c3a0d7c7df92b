import { type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import { ProxyCheck } from '#core/api/proxies.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import type { Proxies } from './tables.ts';
import { brokenUnique } from './unique.ts';

type Kind = 'http' | 'https' | 'socks5h';
export type ProxyFields = { name: string; kind: Kind; host: string; port: number; username?: string | null; sealedPassword?: Buffer | null };
/** What connecting needs; the password stays sealed until then. `target` is a site that a profile behind this proxy opens. */
export type ProxyAccess = { kind: Kind; host: string; port: number; username: string | null; sealedPassword: Buffer | null; target: string | null };

const usedBy = sql<number>`(select count(*)::int from profiles where profiles.proxy_id = proxies.id)`.as('used_by');

export async function listProxies(trx: Trx) {
  const rows = await trx.selectFrom('proxies').selectAll().select(usedBy).orderBy('name').execute();
  return rows.map(toProxy);
}

export async function readProxy(trx: Trx, proxyId: string) {
  const row = await trx.selectFrom('proxies').selectAll().select(usedBy).where('id', '=', proxyId).executeTakeFirst();
  if (!row) throw new Failure('not_found');
  return toProxy(row);
}

export async function addProxy(trx: Trx, workspaceId: string, fields: ProxyFields) {
  const { sealedPassword, ...values } = fields;
  const row = await trx
    .insertInto('proxies')
    .values({ workspace_id: workspaceId, ...values, sealed_password: sealedPassword })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(nameTaken);
  await recordEvent(trx, workspaceId, { kind: 'proxy_changed', proxyId: row.id });
  return readProxy(trx, row.id);
}

/** What is not given stays. A change of where it leads makes the last check meaningless, so that is forgotten. */
export async function changeProxy(trx: Trx, workspaceId: string, proxyId: string, change: Partial<ProxyFields>) {
  const { sealedPassword, ...values } = change;
  const leadsElsewhere = Object.keys(change).some((name) => name !== 'name');
  await trx
    .updateTable('proxies')
    .set({
      ...values,
      sealed_password: sealedPassword,
      updated_at: sql<Date>`now()`,
      ...(leadsElsewhere ? { checked_at: null, check_result: null } : {}),
    })
    .where('id', '=', proxyId)
    .execute()
    .catch(nameTaken);
  await recordEvent(trx, workspaceId, { kind: 'proxy_changed', proxyId });
  return readProxy(trx, proxyId);
}

/** Throws `in_use` that counts the profiles: without its proxy a profile could show the host's own address. */
export async function removeProxy(trx: Trx, workspaceId: string, proxyId: string): Promise<void> {
  // Locked first: a profile that chooses this proxy at the same moment waits, and then finds it gone.
  const { rows } = await sql`select id from proxies where id = ${proxyId} for update`.execute(trx);
  if (rows.length === 0) throw new Failure('not_found');
  const proxy = await readProxy(trx, proxyId);
  if (proxy.usedBy > 0) throw new Failure('in_use', `${countOf(proxy.usedBy)} through this proxy. Choose another one for them first.`);
  await trx.deleteFrom('proxies').where('id', '=', proxyId).execute();
  await recordEvent(trx, workspaceId, { kind: 'proxy_changed', proxyId });
}

export async function readProxyAccess(trx: Trx, proxyId: string): Promise<ProxyAccess> {
  const row = await trx
    .selectFrom('proxies')
    .select(['kind', 'host', 'port', 'username', 'sealed_password'])
    .select(sql<string | null>`(select base_url from profiles where profiles.proxy_id = proxies.id limit 1)`.as('target'))
    .where('id', '=', proxyId)
    .executeTakeFirst();
  if (!row) throw new Failure('not_found');
  const { sealed_password: sealedPassword, kind, ...access } = row;
  return { ...access, kind: kindOf(kind), sealedPassword };
}

export async function noteProxyCheck(trx: Trx, workspaceId: string, proxyId: string, check: z.output<typeof ProxyCheck>) {
  await trx
    .updateTable('proxies')
    .set({ checked_at: sql<Date>`now()`, check_result: JSON.stringify(check) })
    .where('id', '=', proxyId)
    .execute();
  await recordEvent(trx, workspaceId, { kind: 'proxy_changed', proxyId });
  return readProxy(trx, proxyId);
}

function countOf(profiles: number): string {
  return profiles === 1 ? 'One profile goes out' : `${profiles} profiles go out`;
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error) !== 'proxies_workspace_id_name_key') throw error;
  throw new Failure('already_exists', 'A proxy with this name exists already.', { fields: { name: 'is taken' }, cause: error });
}

function kindOf(kind: string): Kind {
  return kind as Kind; // The column's CHECK allows nothing else.
}

function toProxy(row: Selectable<Proxies> & { used_by: number }) {
  return {
    id: row.id,
    name: row.name,
    kind: kindOf(row.kind),
    host: row.host,
    port: row.port,
    username: row.username,
    hasPassword: row.sealed_password !== null,
    usedBy: row.used_by,
    checkedAt: instant(row.checked_at),
    check: row.check_result === null ? null : ProxyCheck.parse(row.check_result),
    createdAt: instant(row.created_at),
    updatedAt: instant(row.updated_at),
  };
}
