import type { AccountRef } from '#core/channel.ts';
import type { Db } from '#sql/database.ts';
import type { Outcome } from '#sql/deliveries.ts';
import { isStillHolder } from '#sql/leases.ts';
import type { Hold } from './holds.ts';

type Ask = { account: AccountRef; hold: Hold; hostId: string };

/**
 * What a host may still write of what it knows. Once another one has taken the lane over, as from a host that was stopped and woken again, that
 * one finds out what became of each delivery and may have begun it anew: only that something was sent stays true.
 */
export async function stillTrue(db: Db, { account, hold, hostId }: Ask, outcomes: readonly Outcome[]): Promise<readonly Outcome[]> {
  if (outcomes.length === 0 || hold.remainingMs() > 0) return outcomes;
  const { id: accountId, workspaceId } = account;
  const isOurs = await isStillHolder(db, { workspaceId, accountId, hostId, fence: hold.fence });
  return isOurs ? outcomes : outcomes.filter((one) => one.is === 'sent');
}
