import type { z } from 'zod';
import { proxyKey, readProxyLines } from '#browser-profiles/proxy-lines.ts';
import { mostLines, type PastedProxies, type ProxyCheck } from '#core/api/proxies.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from '#sql/database.ts';
import { addProxy, changeProxy, listProxies, readProxy, readProxyPlaces, removeProxy } from '#sql/proxies.ts';
import { askProxyChecks, noteProxyCheck, type ProxyAccess, readProxyAccess } from '#sql/proxy-health.ts';
import { addProxyPool, listProxyPools, readProxyPool, removeProxyPool, renameProxyPool } from '#sql/proxy-pools.ts';
import type { Queue } from '#sql/queue.ts';
import type { Sealer } from '#sql/sealed.ts';
import type { Handlers } from './handler.ts';
import { withSealedPassword } from './sealed-password.ts';

export type ProxyParts = {
  sealer: Sealer;
  queue: Queue;
  now: () => Date;
  /** Connects through a proxy for real; a bad proxy is an answer, not an error. */
  tryProxy: (proxy: Omit<ProxyAccess, 'sealedPassword'> & { password: string | null }, signal: AbortSignal) => Promise<z.output<typeof ProxyCheck>>;
};

export const proxiesHandlers = ({ sealer, queue, now, tryProxy }: ProxyParts) =>
  ({
    listProxies: ({ transaction }) => transaction(async (trx) => ({ rows: await listProxies(trx, now()) })),
    readProxy: ({ params, transaction }) => transaction((trx) => readProxy(trx, params.id, now())),
    addProxy: ({ body, caller, transaction }) =>
      transaction(async (trx) => readProxy(trx, await addProxy(trx, caller.workspaceId, withSealedPassword(sealer, body)), now())),
    changeProxy: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        await changeProxy(trx, caller.workspaceId, params.id, withSealedPassword(sealer, body));
        return readProxy(trx, params.id, now());
      }),
    async removeProxy({ params, caller, transaction }) {
      await transaction((trx) => removeProxy(trx, caller.workspaceId, params.id));
      return null;
    },
    importProxies: ({ body, caller, transaction }) => transaction((trx) => takePasted(trx, { workspaceId: caller.workspaceId, sealer }, body)),
    async tryProxy({ body, transaction, signal }) {
      const { proxyId, username = null, password, ...place } = body;
      const stored = proxyId ? await transaction((trx) => readProxyAccess(trx, proxyId)) : null;
      const kept = password === undefined && stored?.sealedPassword ? sealer.openText(stored.sealedPassword) : null;
      return tryProxy({ ...place, username, password: password ?? kept, target: stored?.target ?? null }, signal);
    },
    checkProxies: ({ caller, transaction }) => transaction(async (trx) => ({ asked: await askProxyChecks(trx, queue, caller.workspaceId) })),
    async checkProxy({ params, caller, transaction, signal }) {
      const { sealedPassword, ...access } = await transaction((trx) => readProxyAccess(trx, params.id));
      // Outside a transaction: a proxy that does not answer takes its seconds.
      const check = await tryProxy({ ...access, password: sealedPassword && sealer.openText(sealedPassword) }, signal);
      return transaction(async (trx) => {
        await noteProxyCheck(trx, { workspaceId: caller.workspaceId, proxyId: params.id }, { check, isTrial: false, now: now() });
        return readProxy(trx, params.id, now());
      });
    },
    listProxyPools: ({ transaction }) => transaction(async (trx) => ({ rows: await listProxyPools(trx) })),
    readProxyPool: ({ params, transaction }) => transaction((trx) => readProxyPool(trx, params.id)),
    addProxyPool: ({ body, caller, transaction }) =>
      transaction(async (trx) => readProxyPool(trx, await addProxyPool(trx, caller.workspaceId, body.name))),
    changeProxyPool: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        await readProxyPool(trx, params.id);
        await renameProxyPool(trx, caller.workspaceId, params.id, body.name);
        return readProxyPool(trx, params.id);
      }),
    async removeProxyPool({ params, caller, transaction }) {
      await transaction((trx) => removeProxyPool(trx, caller.workspaceId, params.id));
      return null;
    },
  }) satisfies Partial<Handlers>;

/** Adds what was pasted, in one transaction: what the reply calls added is there, and nothing else. */
async function takePasted(
  trx: Trx,
  { workspaceId, sealer }: { workspaceId: string; sealer: Sealer },
  { text, kind, poolId, take }: z.output<typeof PastedProxies>,
) {
  const lines = readProxyLines(text, kind);
  if (lines.length > mostLines) throw new Failure('too_large', `These are ${lines.length} proxies; ${mostLines} fit into one go.`);
  const places = await readProxyPlaces(trx);
  const known = new Set(places.map(proxyKey));
  const names = new Set(places.map((place) => place.name));
  const rows = lines.map((one) => {
    if (one.is === 'bad') return { line: one.line, address: one.text, name: null, problem: one.problem, fields: null };
    const { kind: itsKind, host, port } = one.address;
    const { username, password } = one;
    const place = { kind: itsKind, host: host.replace(/^\[|\]$/g, ''), port, username };
    if (known.has(proxyKey(place))) return { line: one.line, address: one.text, name: null, problem: 'exists' as const, fields: null };
    const name = freeName(`${host}:${port}`, names);
    names.add(name);
    return { line: one.line, address: one.text, name, problem: null, fields: { ...place, name, password, poolId } };
  });
  const isTaken = take === 'good' || (take === 'all' && rows.every((row) => row.problem === null));
  const fresh = isTaken ? rows.flatMap((row) => row.fields ?? []) : [];
  for (const fields of fresh) await addProxy(trx, workspaceId, withSealedPassword(sealer, fields));
  return { added: fresh.length, rows: rows.map(({ fields: _fields, ...row }) => row) };
}

/** One address is often sold under many user names, and a long one does not fit a name. */
function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const base = wanted.slice(0, 70);
  if (!taken.has(base)) return base;
  for (let nth = 2; ; nth += 1) if (!taken.has(`${base} (${nth})`)) return `${base} (${nth})`;
}
