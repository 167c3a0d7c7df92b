import { type Outline, outlineOf } from '#core/simulation-outline.ts';
import { audienceAskFor } from '#sql/campaign-audience.ts';
import { readCampaign } from '#sql/campaigns.ts';
import { currentVersion } from '#sql/current-version.ts';
import type { Trx } from '#sql/database.ts';
import { accountsLeft, draftSends, standingSends } from '#sql/simulation.ts';
import type { Handlers } from './handler.ts';
import { draw, lanesWith } from './simulated-lanes.ts';

/** Draws a draft as if it started now, and a campaign that runs or rests as if it went on now. */
export const simulationHandlers = (parts: { now: () => Date }) =>
  ({
    async simulateCampaign({ params, caller, transaction, signal }) {
      const now = parts.now();
      const { lanes, isCut } = await transaction((trx) => readRun(trx, { workspaceId: caller.workspaceId, id: params.id, now }));
      const drawn = await draw(lanes, { now, signal });
      const outline = outlineOf(
        drawn,
        lanes.map((lane) => lane.accountId),
      );
      return { ...toReply(outline, new Map(lanes.map(({ accountId, name }) => [accountId, name]))), at: now.toISOString(), isCut };
    },
  }) satisfies Partial<Handlers>;

/** More are not drawn: their rows would fill the memory, and nobody waits so long for a picture. */
const mostDrawn = 100_000;

/** The lanes that a campaign goes through, with what it has to send and what stands before that. */
export async function readRun(trx: Trx, { workspaceId, id, now }: { workspaceId: string; id: string; now: Date }) {
  const campaign = await readCampaign(trx, id);
  const isDraft = campaign.state === 'draft' || campaign.state === 'planning';
  const senderIds = isDraft ? campaign.senderIds : await accountsLeft(trx, id);
  const standing = await standingSends(trx, { accountIds: senderIds, campaignId: id, now, most: mostDrawn });
  const startAt = new Date(Math.max(now.getTime(), Date.parse(campaign.settings.startAt ?? '') || 0));
  const version = campaign.templateId ? await currentVersion(trx, campaign.templateId) : null;
  const ask = isDraft && senderIds.length > 0 ? await audienceAskFor(trx, workspaceId, campaign) : null;
  const planned = ask ? await draftSends(trx, ask, { startAt, now, most: mostDrawn }) : [];
  // A person who is known to an account is written to from it, also where another one was chosen.
  const accountIds = [...new Set([...senderIds, ...planned.map((one) => one.accountId)])];
  const lanes = await lanesWith(trx, { sends: [...standing, ...planned], accountIds, text: version?.body ?? '', now });
  return { lanes, isCut: standing.length === mostDrawn || planned.length === mostDrawn };
}

function toReply({ going, quarters, bar, bars, lanes, left }: Outline, names: ReadonlyMap<string, string>) {
  return {
    ...{ going, bar, left },
    quarters: quarters.map(({ share, at }) => ({ share, at: at.toISOString() })),
    bars: bars.map(({ at, counts }) => ({ at: at.toISOString(), counts })),
    lanes: lanes.map(({ waits, firstAt, lastAt, ...lane }) => ({
      ...lane,
      name: names.get(lane.accountId) ?? '',
      firstAt: firstAt?.toISOString() ?? null,
      lastAt: lastAt?.toISOString() ?? null,
      waits: waits.map(({ reason, ms }) => ({ reason, seconds: Math.round(ms / 1000) })),
    })),
  };
}
