import { ruleFor } from '#channels/meta/graph-errors.ts';
import { Failure, type PlatformError } from '#core/failure.ts';
import { holdAccount } from '#sql/accounts.ts';
import { holdCampaign } from '#sql/campaigns.ts';
import { noteBroken } from '#sql/connection-upkeep.ts';
import type { Trx } from '#sql/database.ts';
import type { FailedDelivery } from '#sql/marks.ts';
import { restAccount, warnOf } from '#sql/platform-warnings.ts';
import { suppressContact } from '#sql/suppressions.ts';
import { planAgain } from '#sql/try-again.ts';
import type { Follows } from './after-failure.ts';
import { afterPlatformFailure } from './after-platform-failure.ts';

type Place = { workspaceId: string; accountId: string };
type Of = Place & {
  campaignId: string | null;
  contactId: string | null;
  /** The code that a dashboard has words for, and what the platform said. */
  reason: string;
  error: string;
  now: Date;
};

/** What a platform's answer means beyond its one message: something rests, for a time or until a person resumes it, people are told, or left alone. */
export async function followUp(trx: Trx, { pauses, suppresses, tells, laneWait }: Follows, of: Of): Promise<void> {
  const { workspaceId, accountId, campaignId, contactId, reason, error, now } = of;
  const place = { workspaceId, accountId };
  if (laneWait?.reason === 'platform') await restAccount(trx, accountId, laneWait.until);
  if (pauses === 'account') await holdAccount(trx, { ...place, reason, error, now });
  if (pauses === 'account' && reason === 'platform_sign_in') await noteBroken(trx, place, { now, why: error });
  if (pauses === 'campaign' && campaignId) await holdCampaign(trx, { workspaceId, campaignId, reason });
  if (suppresses && contactId) await suppressContact(trx, { workspaceId, contactId, source: 'platform', evidence: error.slice(0, 200), now });
  if (tells) await warnOf(trx, place, { whom: tells, reason, error, now });
}

/**
 * The same, by the same table, for what a platform took at first and refused by webhook: what may be tried again is planned again, as often as
 * if it had been refused at once. Only what failed just now counts, so a replay does nothing again.
 */
export async function followUpFailed(trx: Trx, failed: readonly FailedDelivery[], place: Place & { now: Date }): Promise<void> {
  for (const { deliveryId, campaignId, contactId, attempt, code } of failed) {
    if (code === null) continue;
    const failure = toldFailure(code);
    // Told to have failed: whatever the number says, nothing arrived.
    const refused = { id: deliveryId, attempt, isPlanned: campaignId !== null, isCommitted: false, failure, now: place.now };
    const { outcome, ...follows } = afterPlatformFailure(refused);
    const why = { reason: failure.code, error: failure.message };
    await followUp(trx, follows, { ...place, ...why, campaignId, contactId });
    if (outcome.is === 'retry') await planAgain(trx, { ...why, workspaceId: place.workspaceId, deliveryId, until: outcome.until });
  }
}

function toldFailure(code: number): Failure & { platform: PlatformError } {
  const platform: PlatformError = { code, subcode: null, status: 400 };
  const { failure, means } = ruleFor(platform);
  return Object.assign(new Failure(failure, `The platform took it, and then told that it failed with ${code}: ${means}.`), { platform });
}
