import type { z } from 'zod';
import type { ProxyCheck } from '#core/api/proxies.ts';
import { addProxy, changeProxy, listProxies, noteProxyCheck, type ProxyAccess, readProxy, readProxyAccess, removeProxy } from '#sql/proxies.ts';
import type { Sealer } from '#sql/sealed.ts';
import type { Handlers } from './handler.ts';
import { withSealedPassword } from './sealed-password.ts';

export type ProxyParts = {
  sealer: Sealer;
  /** Connects through a proxy for real; a bad proxy is an answer, not an error. */
  tryProxy: (proxy: Omit<ProxyAccess, 'sealedPassword'> & { password: string | null }, signal: AbortSignal) => Promise<z.output<typeof ProxyCheck>>;
};

export const proxiesHandlers = ({ sealer, tryProxy }: ProxyParts) =>
  ({
    listProxies: ({ transaction }) => transaction(async (trx) => ({ rows: await listProxies(trx) })),
    readProxy: ({ params, transaction }) => transaction((trx) => readProxy(trx, params.id)),
    addProxy: ({ body, caller, transaction }) => transaction((trx) => addProxy(trx, caller.workspaceId, withSealedPassword(sealer, body))),
    changeProxy: ({ params, body, caller, transaction }) =>
      transaction((trx) => changeProxy(trx, caller.workspaceId, params.id, withSealedPassword(sealer, body))),
    async removeProxy({ params, caller, transaction }) {
      await transaction((trx) => removeProxy(trx, caller.workspaceId, params.id));
      return null;
    },
    async checkProxy({ params, caller, transaction, signal }) {
      const { sealedPassword, ...access } = await transaction((trx) => readProxyAccess(trx, params.id));
      // Outside a transaction: a proxy that does not answer takes its seconds.
      const check = await tryProxy({ ...access, password: sealedPassword && sealer.openText(sealedPassword) }, signal);
      return transaction((trx) => noteProxyCheck(trx, caller.workspaceId, params.id, check));
    },
  }) satisfies Partial<Handlers>;
