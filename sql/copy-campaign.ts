import type { z } from 'zod';
import type { Campaign } from '#core/api/campaigns.ts';
import { addCampaign, readCampaign } from './campaigns.ts';
import type { Trx } from './database.ts';

type CampaignReply = z.output<typeof Campaign>;
type Ask = { workspaceId: string; personId: string | null; id: string; name: string };

/** The longest name that a campaign can have, in signs. */
const longest = 120;

/** A new draft that says the same to the same lists; a planned start is not taken over. A name that is taken gets a number. */
export async function copyCampaign(trx: Trx, { workspaceId, personId, id, name }: Ask): Promise<CampaignReply> {
  const { templateId, media, senderIds, audience, settings } = await readCampaign(trx, id);
  const draft = { templateId, mediaId: media?.id ?? null, senderIds, audience, settings: { ...settings, startAt: null } };
  return addCampaign(trx, { workspaceId, personId, draft: { ...draft, name: await freeName(trx, name) } });
}

async function freeName(trx: Trx, wanted: string): Promise<string> {
  const numbered = (nth: number) => (nth === 1 ? wanted.slice(0, longest) : `${wanted.slice(0, longest - 6)} (${nth})`);
  for (let nth = 1; ; nth += 1) {
    const name = numbered(nth);
    const taken = await trx.selectFrom('campaigns').select('id').where('name', '=', name).executeTakeFirst();
    if (!taken) return name;
  }
}
