import { ruleFor } from '#channels/meta/graph-errors.ts';
import { holdAccount } from '#sql/accounts.ts';
import { holdCampaign } from '#sql/campaigns.ts';
import type { Trx } from '#sql/database.ts';
import type { FailedDelivery } from '#sql/marks.ts';
import { suppressContact } from '#sql/suppressions.ts';
import type { Verdict } from './after-failure.ts';
import { followsFrom } from './after-platform-failure.ts';

type Follows = Pick<Extract<Verdict, { is: 'outcome' }>, 'pauses' | 'suppresses'>;
type Place = { workspaceId: string; accountId: string };
type Of = Place & {
  campaignId: string | null;
  contactId: string | null;
  /** The code that a dashboard has words for, and what the platform said. */
  reason: string;
  error: string;
  now: Date;
};

/** What a platform's answer means beyond its one message: a campaign or an account rests until a person resumes it, or a person is left alone. */
export async function followUp(trx: Trx, { pauses, suppresses }: Follows, of: Of): Promise<void> {
  const { workspaceId, accountId, campaignId, contactId, reason, error, now } = of;
  if (pauses === 'account') await holdAccount(trx, { workspaceId, accountId, reason, error, now });
  if (pauses === 'campaign' && campaignId) await holdCampaign(trx, { workspaceId, campaignId, reason });
  if (suppresses && contactId) await suppressContact(trx, { workspaceId, contactId, source: 'platform', evidence: error.slice(0, 200), now });
}

/** The same for what a platform took at first and refused by webhook. Only what failed just now counts, so a replay does nothing again. */
export async function followUpFailed(trx: Trx, failed: readonly FailedDelivery[], place: Place & { now: Date }): Promise<void> {
  for (const { campaignId, contactId, code } of failed) {
    if (code === null) continue;
    const rule = ruleFor({ code, subcode: null, status: 400 });
    await followUp(trx, followsFrom(rule), {
      ...place,
      campaignId,
      contactId,
      reason: rule.failure,
      error: `The platform said ${code}: ${rule.means}.`,
    });
  }
}
