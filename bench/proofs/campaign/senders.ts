import { importPeople } from '#bench/import-people.ts';
import { signInProfile } from '#bench/proofs/kills/sign-in-profile.ts';
import type { Stage } from '#bench/proofs/kills/stage.ts';
import { webLabs } from '#bench/proofs/kills/web-lab.ts';
import { addToken } from '#lab/graph/store.ts';
import { tell } from '#lab/tell.ts';
import type { Split } from './split.ts';
import type { Way } from './way.ts';

/** `atOnce`: how many of its messages are on their way at once. */
export type Sender = { way: Way; accountId: string; atOnce: number };
/** `people`: how many fall to each way. */
export type Prepared = { campaignId: string; senders: Sender[]; people: Record<Way, number> };

const pool = 4;
const business = '700';
const phoneOf = (nth: number) => `+4915112${100_000 + nth}`;
const template = { name: 'ready', language: 'en_US', body: ['{{name}}'], buttons: [] };

/** One draft over a web profile, numbers of WhatsApp Cloud and a mail account, to people of whom some have a number and the others an address. */
export async function prepareCampaign(stage: Stage, { numbers, phones, mails }: Split): Promise<Prepared> {
  const { client, signal } = stage;
  const senders = [await addProfile(stage, phones), ...(await addNumbers(stage, numbers)), await addMail(stage)];
  const words = { name: 'Proof', subject: 'Ready, {{name}}', body: 'Hello {{name}}, your order is ready, and this is the only word of it.' };
  const { id: templateId } = await client.addTemplate({ body: { ...words, extras: { template } } });
  const { id: listId } = await client.addList({ body: { name: 'Proof' } });
  const lines = [
    ...Array.from({ length: phones }, (_, nth) => `Person ${nth},${phoneOf(nth)},`),
    ...Array.from({ length: mails }, (_, nth) => `Reader ${nth},,reader${nth}@example.org`),
  ];
  await importPeople(client, { listId, lines: ['name,phone,email', ...lines], signal });
  const senderIds = senders.map(({ accountId }) => accountId);
  const plan = { templateId, senderIds, audience: { listIds: [listId] }, settings: { errorShareToPause: 1 } };
  const { id: campaignId } = await client.addCampaign({ body: { name: 'Proof', ...plan } });
  const web = Math.ceil(phones / (1 + numbers));
  return { campaignId, senders, people: { web, meta: phones - web, mail: mails } };
}

async function addProfile(stage: Stage, phones: number): Promise<Sender> {
  const { 'whatsapp-web': webLab } = webLabs;
  if (!webLab) throw new Error('there is no stand-in for WhatsApp Web');
  const accountId = await signInProfile(stage, 'whatsapp-web', webLab);
  // Whoever has a number may fall to it.
  const peers = Array.from({ length: phones }, (_, nth) => ({ number: phoneOf(nth), name: `Person ${nth}`, deliveredAfterMs: 200 }));
  await tell(`${stage.lab.whatsapp.control}/peers`, peers);
  return { way: 'web', accountId, atOnce: 1 };
}

async function addNumbers({ client, lab: { graph }, url }: Stage, count: number): Promise<Sender[]> {
  const { lab } = graph;
  lab.businesses.set(business, { id: business, portfolioId: '1', name: 'Shop', peoplePerDay: null });
  const components = [{ type: 'BODY', text: 'Hello {{1}}, your order is ready.' }];
  const { name, language } = template;
  lab.templates.set('900', {
    id: '900',
    businessId: business,
    name,
    language,
    category: 'MARKETING',
    components,
    status: 'APPROVED',
    rejectedReason: null,
  });
  lab.settings.webhooks.whatsapp = `${url}/api/webhooks/whatsapp`;
  const { token } = addToken(lab, { kind: 'system', appId: lab.settings.appId });
  const senders: Sender[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const id = `${51 + nth}`;
    lab.numbers.set(id, { id, businessId: business, display: `+1 555 010 00${id}`, name: `Shop ${id}`, perSecond: 80 });
    const { id: accountId } = await client.connectWhatsapp({ body: { token, phoneNumberId: id, businessId: business } });
    senders.push({ way: 'meta', accountId, atOnce: 1 });
  }
  return senders;
}

async function addMail({ client, lab }: Stage): Promise<Sender> {
  const at = { useCatcher: true, host: '127.0.0.1', port: lab.mail.smtpPort, security: 'none', fromAddress: 'proof@example.com' } as const;
  const { id: accountId } = await client.addMailAccount({ body: { ...at, name: 'mail', pool } });
  return { way: 'mail', accountId, atOnce: pool };
}
