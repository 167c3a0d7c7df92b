import { compileTemplate } from '#core/template.ts';
import { ringLane } from '#sql/bells.ts';
import { readCampaign } from '#sql/campaigns.ts';
import type { Trx } from '#sql/database.ts';
import { listCampaignDeliveries, listDeliveryLog, listQueue, readDelivery } from '#sql/delivery-list.ts';
import { findAccount } from '#sql/profiles.ts';
import { resolveDelivery } from '#sql/resolve-delivery.ts';
import type { CampaignParts } from './campaigns.ts';
import type { Handlers } from './handler.ts';

/** Planned sends: of a campaign, of an account, of everything, and one by itself. */
export const deliveriesHandlers = ({ queue }: CampaignParts) =>
  ({
    listDeliveries: ({ params, query, transaction }) =>
      transaction(async (trx) => {
        await readCampaign(trx, params.id);
        return listCampaignDeliveries(trx, { ...query, campaignId: params.id });
      }),
    readDelivery: ({ params, transaction }) =>
      transaction(async (trx) => {
        const { delivery, content, runs } = await readDelivery(trx, params.id);
        return { ...delivery, text: await textOf(trx, content), runs };
      }),
    resolveDelivery: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        const accountId = await resolveDelivery(trx, { workspaceId: caller.workspaceId, id: params.id, as: body.as });
        if (body.as === 'send_again') await ringLane(trx, queue, { workspaceId: caller.workspaceId, accountId });
        return (await readDelivery(trx, params.id)).delivery;
      }),
    listQueue: ({ params, query, transaction }) =>
      transaction(async (trx) => {
        await findAccount(trx, params.id);
        return listQueue(trx, { ...query, accountId: params.id });
      }),
    listLogs: ({ query, transaction }) => transaction((trx) => listDeliveryLog(trx, query)),
  }) satisfies Partial<Handlers>;

type Content = Awaited<ReturnType<typeof readDelivery>>['content'];

async function textOf(trx: Trx, content: Content): Promise<string | null> {
  if (!content.template_version_id) return content.body;
  const version = await trx
    .selectFrom('template_versions')
    .select(['subject', 'body', 'html'])
    .where('id', '=', content.template_version_id)
    .executeTakeFirst();
  // The plan wrote the merge fields as an object.
  return version ? compileTemplate(version).render(content.merge as Record<string, unknown>).text : null;
}
