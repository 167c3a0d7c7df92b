import type { OpenAccount } from '#channels/meta/connection.ts';
import { pauseAccount } from '#sql/accounts.ts';
import { noteBroken } from '#sql/connection-upkeep.ts';
import { type Connection, openConnection } from '#sql/connections.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import type { Sealer } from '#sql/sealed.ts';

export type PlatformPlace = { workspaceId: string; accountId: string };
export type OpenedAccount = OpenAccount & Pick<Connection, 'externalId' | 'tokenAt' | 'tokenEndsAt' | 'connectedAt' | 'syncedAt'>;

/** The account with its token open, for one call. Throws `wrong_state` when it was disconnected meanwhile. */
export async function openPlatformAccount(
  { db, sealer }: { db: Db; sealer: Sealer },
  { workspaceId, accountId }: PlatformPlace,
): Promise<OpenedAccount> {
  const { sealedToken, ...connection } = await inWorkspace(db, workspaceId, (trx) => openConnection(trx, accountId));
  return { ...connection, token: sealer.openText(sealedToken) };
}

/** The platform has refused the token: nothing goes out, and people see why, until the account is connected again. */
export async function standStill(db: Db, place: PlatformPlace, { why, now }: { why: string; now: Date }): Promise<void> {
  await inWorkspace(db, place.workspaceId, async (trx) => {
    await noteBroken(trx, place, { now, why });
    await pauseAccount(trx, { ...place, reason: 'platform_sign_in', now });
  });
}
