import { signUp } from '#bin/demo/http-client.ts';
import { shopPhones } from '#bin/demo/people.ts';
import { signInProfiles } from '#bin/demo/sign-in-profiles.ts';
import { until } from '#bin/demo/until.ts';
import type { Client } from '#core/api/client.ts';
import { startWholeProduct, type WholeProduct } from '#e2e/whole-product.ts';
import { say } from '#lab/graph/acts.ts';
import { addToken, putCustomer } from '#lab/graph/store.ts';
import { tell } from '#lab/tell.ts';

const owner = { email: 'olga@example.test', password: 'two brown owls at noon', name: 'Olga', workspace: 'Riverside', zone: 'Europe/Berlin' };
const ben = { email: 'ben@example.test', username: 'ben', name: 'Ben', role: 'operator', password: owner.password } as const;
const number = { id: '51', businessId: '700', display: '+49 1512 345678', name: 'Shop line', perSecond: 80 };
const [phone] = shopPhones;
/** Who writes to the web profile. */
export const onWeb = '491713920000';

/** `hear`: somebody writes to the shop, to its WhatsApp Web profile or to its number at Meta. */
export type Desk = AsyncDisposable & {
  product: WholeProduct;
  client: Client;
  owner: typeof owner;
  phone: string;
  profileId: string;
  hear: { onWeb: (text: string) => Promise<void>; onCloud: (from: string, name: string, text: string) => void };
};

/** A shop that answers on a web profile and on an official number, with a colleague, a label, a canned answer and a list. */
export async function startDesk(): Promise<Desk> {
  await using parts = new AsyncDisposableStack();
  const product = parts.use(await startWholeProduct());
  const client = await signUp(product.url, owner);
  const pace = { mode: 'compressed', speed: 30 } as const;
  await client.changeWorkspace({ body: { settings: { quietHours: null, pace, reading: 'unread', ceilings: { web: { warmUp: false } } } } });
  await client.addPerson({ body: ben });
  await client.addLabel({ body: { name: 'Delivery', colour: 'amber' } });
  await client.addCannedAnswer({ body: { shortcut: 'thanks', body: 'Thank you, {{first_name}}.' } });
  await connectNumber(product, client);
  const profile = await client.addProfile({ body: { channel: 'whatsapp-web', name: 'Front desk', baseUrl: product.lab.whatsapp.url } });
  const seeded = { profileIds: [profile.id], converseId: null, mailId: '', campaignId: '', listId: '', rejected: 0 };
  await signInProfiles({ client, lab: product.lab, say: () => undefined, signal: AbortSignal.timeout(120_000) }, seeded);
  const control = (path: string, body: object) => tell(`${product.lab.whatsapp.control}/${path}`, body);
  await control('peers', { number: onWeb, name: 'Dora', onWhatsApp: true, deliveredAfterMs: 100, readsAfterMs: 300 });
  const hear = {
    onWeb: (text: string) => control('incoming', { to: phone.number, from: onWeb, text }),
    onCloud: (from: string, name: string, text: string) => hearOnCloud(product, { from, name, text }),
  };
  const owned = parts.move();
  return { product, client, owner, phone: phone.number, profileId: profile.id, hear, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Somebody writes to it. */
export function hearOnCloud({ lab: { graph } }: WholeProduct, { from, name, text }: { from: string; name: string; text: string }): void {
  void say(graph.lab, { account: number.id, customer: putCustomer(graph.lab, { platform: 'whatsapp', id: from, name }), text }); // void: it is told by its webhook.
}

/** The shop's number at the Graph stand-in. */
export async function connectNumber({ url, lab: { graph } }: WholeProduct, client: Client): Promise<void> {
  const { lab } = graph;
  lab.businesses.set(number.businessId, { id: number.businessId, portfolioId: '1', name: 'Shop', peoplePerDay: null });
  lab.numbers.set(number.id, number);
  lab.settings.webhooks.whatsapp = `${url}/api/webhooks/whatsapp`;
  const { token } = addToken(lab, { kind: 'system', appId: lab.settings.appId });
  await client.connectWhatsapp({ body: { token, phoneNumberId: number.id, businessId: number.businessId } });
}

/** A list, a template, a campaign, a mail account and an import with a rejected row: something stands on every screen. */
export async function fillScreens({ client, product }: Desk): Promise<Record<'list' | 'import' | 'template' | 'campaign' | 'draft', string>> {
  const smtp = { host: '127.0.0.1', port: product.lab.mail.smtpPort, security: 'none', fromAddress: 'shop@example.test' } as const;
  const mail = await client.addMailAccount({ body: { name: 'Office', ...smtp } });
  const { id: listId } = await client.addList({ body: { name: 'Spring' } });
  const file = { name: 'people.csv', content: new Blob(['name,email\nEva,eva@example.test\nUwe,uwe.example.test\n']) };
  const basis = { source: 'purchase', date: '2026-09-01', evidence: 'order form' } as const;
  const { id: importId } = await client.startImport({ params: { id: listId }, body: { basis }, file });
  const isDone = async () => (await client.readImport({ params: { id: importId } })).state === 'done';
  await until('The import', isDone, { seconds: 60, signal: AbortSignal.timeout(60_000) });
  const { id: templateId } = await client.addTemplate({
    body: { name: 'Hours', subject: 'Hours', body: 'Hello {{name}}, we are open until 20:00.' },
  });
  const plan = { senderIds: [mail.id], templateId, audience: { listIds: [listId] } };
  const campaign = await client.addCampaign({ body: { name: 'Hours by mail', ...plan } });
  await client.startCampaign({ params: { id: campaign.id } });
  const draft = await client.addCampaign({ body: { name: 'Hours in winter', ...plan } });
  await client.addRule({ body: { effect: 'deny', kind: 'email', value: 'gone@example.test', note: 'by letter' } });
  return { list: listId, import: importId, template: templateId, campaign: campaign.id, draft: draft.id };
}
