import { subscribe, unsubscribe } from '#channels/meta/connection.ts';
import { Failure } from '#core/failure.ts';
import { resumeAccount } from '#sql/accounts.ts';
import { noteSubscribed } from '#sql/connection-upkeep.ts';
import { openConnection, saveConnection, sharesSubscription } from '#sql/connections.ts';
import type { Trx } from '#sql/database.ts';
import type { Queue } from '#sql/queue.ts';
import type { Sealer } from '#sql/sealed.ts';
import { replayUnassigned } from '#sql/webhooks.ts';
import { openAccount } from './open-account.ts';
import type { PlatformSettings } from './platform-log-in.ts';

export type PlatformParts = { queue: Queue; sealer: Sealer; platforms: PlatformSettings; ownUrl: () => string; now: () => Date };
export type Place = { workspaceId: string; accountId: string };
/** A request that works on accounts: Graph is asked between its transactions, never inside one. */
export type Acting = { caller: { workspaceId: string }; transaction: <T>(work: (trx: Trx) => Promise<T>) => Promise<T>; signal: AbortSignal };

/** Why nothing goes out of an account that is not connected. */
export const disconnected = 'disconnected';
/** What a new token mends. */
const mended = [disconnected, 'platform_sign_in', 'platform_permission'];

/** Connected in this transaction: it may send again, what came before is looked at again, and what the platform lists is fetched. */
export async function connected(trx: Trx, queue: Queue, connection: Parameters<typeof saveConnection>[1]): Promise<string> {
  const accountId = await saveConnection(trx, connection);
  const place = { workspaceId: connection.workspaceId, accountId };
  await letGo(trx, place);
  if ((await replayUnassigned(trx, connection.platform, connection.externalId)) > 0) await queue.send('webhooks', {}, { trx });
  await queue.send('platform_sync', place, { trx });
  return accountId;
}

/** What was held back because there was no connection goes on; what a person has paused stays so. */
export async function letGo(trx: Trx, place: Place): Promise<void> {
  await resumeAccount(trx, { ...place, onlyIf: mended });
}

/** Without webhooks an account is connected all the same: the dashboard says that they are missing, and asks again. */
export async function askForWebhooks(
  accountId: string,
  { caller, transaction, signal }: Acting,
  { sealer, platforms, now }: PlatformParts,
): Promise<void> {
  const account = openAccount(sealer, await transaction((trx) => openConnection(trx, accountId)));
  const isDone = await subscribe(account, platforms, signal).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Failure) return false;
      throw error;
    },
  );
  if (isDone) await transaction((trx) => noteSubscribed(trx, { workspaceId: caller.workspaceId, accountId }, now()));
}

/** As far as the platform still listens to us. Numbers of one business, and both accounts of one page, share what is told of them. */
export async function endWebhooks(accountId: string, { transaction, signal }: Acting, { sealer, platforms }: PlatformParts): Promise<void> {
  const { connection, isShared } = await transaction(async (trx) => {
    const open = await openConnection(trx, accountId);
    return { connection: open, isShared: await sharesSubscription(trx, open) };
  });
  if (isShared) return;
  await unsubscribe(openAccount(sealer, connection), platforms, AbortSignal.any([signal, AbortSignal.timeout(5000)])).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
  });
}
