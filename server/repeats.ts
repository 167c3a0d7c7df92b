import { readRepeat, repeatCampaign } from '#sql/campaign-repeats.ts';
import { readCampaign } from '#sql/campaigns.ts';
import { copyCampaign } from '#sql/copy-campaign.ts';
import type { Handlers } from './handler.ts';

export const repeatsHandlers = ({ now }: { now: () => Date }) =>
  ({
    copyCampaign: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        const name = body.name ?? (await readCampaign(trx, params.id)).name;
        return copyCampaign(trx, { workspaceId: caller.workspaceId, personId: caller.personId, id: params.id, name });
      }),
    readRepeat: ({ params, transaction }) => transaction((trx) => readRepeat(trx, params.id)),
    repeatCampaign: ({ params, body, caller, transaction }) =>
      transaction((trx) => {
        const by = { workspaceId: caller.workspaceId, personId: caller.personId, campaignId: params.id, now: now() };
        return repeatCampaign(trx, by, body.again);
      }),
  }) satisfies Partial<Handlers>;
