import { subscribe } from '#channels/meta/connection.ts';
import { pauseAccount } from '#sql/accounts.ts';
import { ringLane } from '#sql/bells.ts';
import { listConnections, readConnection } from '#sql/connection-list.ts';
import { noteSubscribed } from '#sql/connection-upkeep.ts';
import { changeConnection, closeConnection, openConnection, renewToken } from '#sql/connections.ts';
import { dismissWarning } from '#sql/platform-warnings.ts';
import { type Acting, disconnected, endWebhooks, letGo, type PlatformParts } from './connect-account.ts';
import type { Handlers } from './handler.ts';
import { openAccount, tryAccount } from './open-account.ts';

/** Accounts at WhatsApp Cloud, Messenger and Instagram that are connected or were. */
export const platformsHandlers = (parts: PlatformParts) => {
  const { platforms: settings, sealer, queue, now } = parts;
  const read = (transaction: Acting['transaction'], id: string) => transaction((trx) => readConnection(trx, id, now()));
  return {
    listPlatforms: ({ transaction }) => transaction(async (trx) => ({ rows: await listConnections(trx, now()) })),
    readPlatform: ({ params, transaction }) => read(transaction, params.id),
    async changePlatform({ params, body, caller, transaction, signal }) {
      const place = { workspaceId: caller.workspaceId, accountId: params.id };
      const { token, name, ...graph } = body;
      if (token === undefined && graph.graphUrl === undefined && graph.graphVersion === undefined) {
        await transaction(async (trx) => {
          await readConnection(trx, params.id, now());
          await changeConnection(trx, place, { name });
        });
        return read(transaction, params.id);
      }
      const before = await transaction((trx) => openConnection(trx, params.id));
      const change = await tryAccount(before, body, { settings, sealer, now: now() }, signal);
      await transaction(async (trx) => {
        if (change.token) {
          await renewToken(trx, place, change.token);
          await letGo(trx, place);
        }
        await changeConnection(trx, place, { name, graphUrl: change.graphUrl, graphVersion: change.graphVersion });
      });
      return read(transaction, params.id);
    },
    async disconnectPlatform({ params, caller, transaction, signal }) {
      const place = { workspaceId: caller.workspaceId, accountId: params.id };
      const { isActive } = await read(transaction, params.id);
      if (isActive) await endWebhooks(params.id, { caller, transaction, signal }, parts);
      await transaction(async (trx) => {
        await closeConnection(trx, place, now());
        await pauseAccount(trx, { ...place, reason: disconnected, now: now() });
      });
      return null;
    },
    async subscribePlatform({ params, caller, transaction, signal }) {
      const account = openAccount(sealer, await transaction((trx) => openConnection(trx, params.id)));
      await subscribe(account, settings, signal);
      await transaction((trx) => noteSubscribed(trx, { workspaceId: caller.workspaceId, accountId: params.id }, now()));
      return read(transaction, params.id);
    },
    dismissPlatformWarning: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        await readConnection(trx, params.id, now());
        const place = { workspaceId: caller.workspaceId, accountId: params.id };
        await dismissWarning(trx, place);
        await ringLane(trx, queue, place);
        return null;
      }),
    syncPlatform: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        const account = await readConnection(trx, params.id, now());
        await openConnection(trx, params.id);
        await queue.send('platform_sync', { workspaceId: caller.workspaceId, accountId: params.id }, { trx });
        return account;
      }),
  } satisfies Partial<Handlers>;
};
