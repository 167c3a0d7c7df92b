import { randomBytes } from 'node:crypto';
import { CampaignSettings } from '#core/api/campaigns.ts';
import type { Contract } from '#core/api/contract.ts';
import { Failure } from '#core/failure.ts';
import { compileTemplate } from '#core/template.ts';
import { addCampaign, findCampaign, readCampaign } from '#sql/campaigns.ts';
import type { Trx } from '#sql/database.ts';
import { addImport, countRejected } from '#sql/imports.ts';
import { addList, knownLists } from '#sql/lists.ts';
import { findAccount } from '#sql/profiles.ts';
import type { Queue } from '#sql/queue.ts';
import { startCampaign } from '#sql/start-campaign.ts';
import { addTemplate } from '#sql/templates.ts';
import { readWorkspace } from '#sql/workspace.ts';
import { blastNumbers } from './blast-news.ts';
import type { Ask, Handlers, Upload } from './handler.ts';
import { stringify } from './recipients-csv.ts';

type BlastAsk = Ask<Contract['addBlast']>;

/** A blast is a campaign made in one call: it answers at once, reads its file in the background and starts when that is through. */
export const blastsHandlers = ({ queue }: { queue: Queue }) =>
  ({
    addBlast: (ask) => ask.transaction((trx) => addBlast(trx, queue, ask)),
    readBlast: ({ params, transaction }) =>
      transaction(async (trx) => {
        const campaign = await readCampaign(trx, params.id);
        const { id, counts } = campaign;
        return { blastId: id, counts, ...blastNumbers(campaign), rejected: await countRejected(trx, id) };
      }),
  }) satisfies Partial<Handlers>;

async function addBlast(trx: Trx, queue: Queue, { body, file, caller }: BlastAsk): Promise<{ blastId: string; campaignId: string }> {
  const { workspaceId, personId } = caller;
  const upload = file ?? listOf(body.recipients);
  if (!upload && !body.campaignId)
    throw new Failure('invalid_input', 'Nobody is named to send to.', { fields: { recipientsFile: 'give a file, recipients, or a campaignId' } });
  const template = compileTemplate({ body: body.message });
  const sender = await findAccount(trx, body.sessionId);
  const other = body.campaignId ? await findCampaign(trx, body.campaignId) : null;
  const name = `Blast ${new Date().toISOString().slice(0, 16).replace('T', ' ')} ${randomBytes(3).toString('hex')}`;
  const content = { subject: null, body: body.message, html: null, extras: null, variables: template.variables };
  const { id: templateId } = await addTemplate(trx, { workspaceId, name, content });
  const list = upload ? await addList(trx, workspaceId, name) : null;
  // A campaign that ran may have had lists that were removed since.
  const listIds = [...(await knownLists(trx, other?.audience.listIds ?? [])), ...(list ? [list.id] : [])];
  const audience = { listIds, contactIds: other?.audience.contactIds ?? [], segmentIds: other?.audience.segmentIds ?? [] };
  const draft = { name, templateId, mediaId: null, senderIds: [sender.id], audience, settings: CampaignSettings.parse({}) };
  const campaign = await addCampaign(trx, { workspaceId, personId, draft });
  if (!upload || !list) await startCampaign(trx, queue, { workspaceId, personId, id: campaign.id });
  else {
    const { defaultCountry } = await readWorkspace(trx);
    const started = await addImport(trx, {
      workspaceId,
      listId: list.id,
      campaignId: campaign.id,
      fileName: upload.name,
      content: upload.content,
      mapping: undefined,
      defaultCountry,
    });
    await queue.send('import', { workspaceId, importId: started.id }, { trx });
    await queue.send('start_after_import', { workspaceId, campaignId: campaign.id, importId: started.id }, { trx });
  }
  return { blastId: campaign.id, campaignId: campaign.id };
}

/** Recipients given as JSON take the way of a file, so that they are checked and reported alike. */
function listOf(recipients: BlastAsk['body']['recipients']): Upload | null {
  if (!recipients || recipients.length === 0) return null;
  return { name: 'recipients.csv', content: Buffer.from(stringify(recipients.map(({ phone, name }) => [phone, name]))) };
}
