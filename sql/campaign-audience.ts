import { namesOf } from '#core/compile-extras.ts';
import { PlatformExtras } from '#core/platform-extras.ts';
import { channelsWithWindow } from '#core/platform-rules.ts';
import { type AudienceAsk, audienceAskOf } from './audience.ts';
import type { readCampaign } from './campaigns.ts';
import { currentVersion } from './current-version.ts';
import type { Trx } from './database.ts';

type CampaignReply = Awaited<ReturnType<typeof readCampaign>>;

export const extrasOf = (version: { extras: unknown } | null): PlatformExtras | null =>
  version?.extras ? PlatformExtras.parse(version.extras) : null;

/** Whom a draft goes to as things stand: what its plan will ask. */
export async function audienceAskFor(trx: Trx, workspaceId: string, campaign: CampaignReply): Promise<AudienceAsk> {
  const version = campaign.templateId ? await currentVersion(trx, campaign.templateId) : null;
  return audienceAskOf(trx, {
    ...campaign.audience,
    workspaceId,
    senderIds: campaign.senderIds,
    variables: version ? namesOf(version, 'required') : [],
    windowed: channelsWithWindow(extrasOf(version)),
  });
}
