import { WhatsAppClient } from '@kapso/whatsapp-cloud-api';
import { MessengerClient } from 'messaging-api-messenger';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { Channel, Outgoing } from '#core/channel.ts';
import type { PlatformAct } from '#core/platform-act.ts';
import { say } from '#lab/graph/acts.ts';
import { startGraphLab } from '#lab/graph/site.ts';
import { addToken, customerOf, putCustomer, resetLab } from '#lab/graph/store.ts';
import { actOnPlatform } from './acts.ts';
import { createMessengerChannel } from './messenger.ts';
import { createWhatsAppCloudChannel } from './whatsapp-cloud.ts';

/** Clients that others wrote speak to the stand-in as they would to Meta, and say the same as our own sender. */
const site = await startGraphLab();
const { lab } = site;
afterAll(() => site.close());

const to = '15550001234';
const psid = '4242';
let token: string;
beforeEach(() => {
  resetLab(lab);
  lab.businesses.set('9', { id: '9', portfolioId: '7', name: 'Shop', peoplePerDay: null });
  lab.numbers.set('1', { id: '1', businessId: '9', display: '+1 555 010 0000', name: 'Shop', perSecond: 80 });
  lab.pages.set('2', { id: '2', name: 'Shop', instagramId: null });
  lab.settings.reviewMs = 0;
  token = addToken(lab, { kind: 'system' }).token;
  say(lab, { account: '1', customer: customerOf(lab, 'whatsapp', to), text: 'hello' });
  say(lab, { account: '2', customer: putCustomer(lab, { platform: 'messenger', id: psid }), text: 'hello' });
});

const parts = (nodeId: string) => ({
  now: () => new Date(),
  accountOf: async () => ({ nodeId, place: { host: site.url, version: 'v23.0', token, appSecret: lab.settings.appSecret } }),
});
const ours = async (channel: Channel, message: Partial<Outgoing>) => {
  const address = channel === messenger ? { kind: 'scoped_id' as const, value: psid } : { kind: 'phone' as const, value: to };
  const whole: Outgoing = { deliveryId: 'd-1', to: address, text: '', heardAt: new Date(), commit: async () => undefined, ...message };
  await channel.send({ id: 'a', workspaceId: 'w', channel: '' }, whole, AbortSignal.timeout(5000));
  return lastBody();
};
const whatsapp = createWhatsAppCloudChannel(parts('1'));
const messenger = createMessengerChannel(parts('2'));
const lastBody = () => lab.calls.findLast(({ path }) => path.endsWith('/messages'))?.body as Record<string, unknown>; // The lab has parsed it.

/** Every field of one body with its value, by its path. */
function fieldsOf(body: unknown, path = ''): Map<string, unknown> {
  if (typeof body !== 'object' || body === null) return new Map([[path, body]]);
  return new Map(Object.entries(body).flatMap(([name, value]) => [...fieldsOf(value, path ? `${path}.${name}` : name)]));
}
/** What our sender sets and the other client does not, or sets otherwise. */
function differs(own: unknown, other: unknown): string[] {
  const theirs = fieldsOf(other);
  return [...fieldsOf(own)].filter(([path, value]) => theirs.get(path) !== value).map(([path]) => path);
}

test('@kapso/whatsapp-cloud-api sends what we send, field by field', async () => {
  const client = new WhatsAppClient({ accessToken: token, baseUrl: site.url, graphVersion: 'v23.0' });
  const place = { phoneNumberId: '1', to };
  const mine = ['biz_opaque_callback_data'];
  const sent = await client.messages.sendText({ ...place, body: 'Hi', contextMessageId: 'wamid.x' });
  expect(sent.messages[0]?.id).toMatch(/^wamid\./);
  const text = lastBody();
  expect(differs(await ours(whatsapp, { text: 'Hi', quoted: 'wamid.x' }), text)).toEqual(['text.preview_url', ...mine]);
  await client.messages.sendImage({ ...place, image: { link: 'https://example.org/a.png', caption: 'Look' } });
  const image = lastBody();
  const link = { kind: 'image' as const, url: 'https://example.org/a.png' };
  expect(differs(await ours(whatsapp, { text: 'Look', extras: { link } }), image)).toEqual(mine);
  await client.messages.sendInteractiveButtons({ ...place, bodyText: 'Yes?', buttons: [{ id: 'y', title: 'Yes' }] });
  const buttons = lastBody();
  expect(differs(await ours(whatsapp, { text: 'Yes?', extras: { buttons: [{ id: 'y', title: 'Yes' }] } }), buttons)).toEqual(mine);
  const sections = [{ title: 'Sizes', rows: [{ id: 's', title: 'Small' }] }];
  await client.messages.sendInteractiveList({ ...place, bodyText: 'Which?', buttonText: 'Choose', sections });
  const list = lastBody();
  expect(differs(await ours(whatsapp, { text: 'Which?', extras: { list: { button: 'Choose', sections } } }), list)).toEqual(mine);
});

test('@kapso/whatsapp-cloud-api has its templates approved, sends them, uploads files and tells that it has read', async () => {
  const client = new WhatsAppClient({ accessToken: token, baseUrl: site.url, graphVersion: 'v23.0' });
  const body = { type: 'BODY' as const, text: 'Hello {{1}}', example: { bodyText: [['Ann']] } };
  await client.templates.create({ businessAccountId: '9', name: 'ready', language: 'en_US', category: 'UTILITY', components: [body] });
  await expect.poll(async () => (await client.templates.list({ businessAccountId: '9' })).data.map(({ status }) => status)).toEqual(['APPROVED']);
  const language = { code: 'en_US', policy: 'deterministic' as const };
  const components = [{ type: 'body' as const, parameters: [{ type: 'text' as const, text: 'Ann' }] }];
  await client.messages.sendTemplate({ phoneNumberId: '1', to, template: { name: 'ready', language, components } });
  const theirs = lastBody();
  const template = { name: 'ready', language: 'en_US', body: ['Ann'], buttons: [] };
  expect(differs(await ours(whatsapp, { extras: { template } }), theirs)).toEqual(['biz_opaque_callback_data']);
  const { id } = await client.media.upload({ phoneNumberId: '1', type: 'image', file: new Blob(['png'], { type: 'image/png' }), fileName: 'a.png' });
  expect(lab.files.get(id)).toMatchObject({ mimeType: 'image/png' });
  const [said] = [...lab.messages.values()];
  await client.messages.markRead({ phoneNumberId: '1', messageId: said?.id ?? '', typingIndicator: { type: 'text' } });
  expect(said?.status).toBe('read');
  await client.templates.delete({ businessAccountId: '9', name: 'ready' });
  expect(lab.templates.size).toBe(0);
});

test('@kapso/whatsapp-cloud-api sends files by id and by address, signs, buttons of templates and receipts as we do', async () => {
  const client = new WhatsAppClient({ accessToken: token, baseUrl: site.url, graphVersion: 'v23.0' });
  const place = { phoneNumberId: '1', to };
  const mine = ['biz_opaque_callback_data'];
  const upload = async (type: 'image' | 'video' | 'document', mimeType: string) =>
    (await client.media.upload({ phoneNumberId: '1', type, file: new Blob(['x'], { type: mimeType }), fileName: 'a' })).id;
  const content = Buffer.from('x');
  const theirs = async (sending: Promise<unknown>) => {
    await sending;
    return lastBody();
  };
  /** An upload of ours has an id of its own. */
  const withOwnId = (kind: string) => [`${kind}.id`, ...mine];
  const image = await theirs(client.messages.sendImage({ ...place, image: { id: await upload('image', 'image/png'), caption: 'Look' } }));
  const ownImage = await ours(whatsapp, { text: 'Look', media: { kind: 'image', name: 'a.png', mimeType: 'image/png', content } });
  expect(differs(ownImage, image)).toEqual(withOwnId('image'));
  const video = await theirs(client.messages.sendVideo({ ...place, video: { id: await upload('video', 'video/mp4'), caption: 'Look' } }));
  const ownVideo = await ours(whatsapp, { text: 'Look', media: { kind: 'video', name: 'a.mp4', mimeType: 'video/mp4', content } });
  expect(differs(ownVideo, video)).toEqual(withOwnId('video'));
  const paper = await theirs(
    client.messages.sendDocument({ ...place, document: { id: await upload('document', 'application/pdf'), caption: 'Read', filename: 'a.pdf' } }),
  );
  const ownPaper = await ours(whatsapp, { text: 'Read', media: { kind: 'document', name: 'a.pdf', mimeType: 'application/pdf', content } });
  expect(differs(ownPaper, paper)).toEqual(withOwnId('document'));
  const url = 'https://example.org/a';
  const sound = await theirs(client.messages.sendAudio({ ...place, audio: { link: url } }));
  expect(differs(await ours(whatsapp, { extras: { link: { kind: 'audio', url } } }), sound)).toEqual(mine);
  const said = [...lab.messages.values()][0]?.id ?? '';
  const acts = { accountOf: parts('1').accountOf };
  const act = async (one: PlatformAct) => {
    await actOnPlatform(
      acts,
      { account: { id: 'a', workspaceId: 'w', channel: 'whatsapp-cloud' }, act: one, target: { to, messageId: said } },
      AbortSignal.timeout(5000),
    );
    return lastBody();
  };
  const sign = await theirs(client.messages.sendReaction({ ...place, reaction: { messageId: said, emoji: '👍' } }));
  expect(differs(await act({ is: 'react', messageId: said, emoji: '👍' }), sign)).toEqual([]);
  const seen = await theirs(client.messages.markRead({ phoneNumberId: '1', messageId: said }));
  expect(differs(await act({ is: 'seen' }), seen)).toEqual([]);
  const typing = await theirs(client.messages.markRead({ phoneNumberId: '1', messageId: said, typingIndicator: { type: 'text' } }));
  expect(differs(await act({ is: 'typing' }), typing)).toEqual([]);
  const head = { type: 'HEADER', format: 'IMAGE' };
  const body = { type: 'BODY', text: 'Hello {{1}}.' };
  lab.templates.set('8', {
    ...{ id: '8', businessId: '9', name: 'offer', language: 'en_US', category: 'MARKETING', status: 'APPROVED', rejectedReason: null },
    components: [head, body],
  });
  const components = [
    { type: 'header' as const, parameters: [{ type: 'image' as const, image: { link: url } }] },
    { type: 'body' as const, parameters: [{ type: 'text' as const, text: 'Ann' }] },
    { type: 'button' as const, subType: 'quick_reply' as const, index: 0, parameters: [{ type: 'payload' as const, payload: 'yes' }] },
    { type: 'button' as const, subType: 'url' as const, index: 1, parameters: [{ type: 'text' as const, text: '1204' }] },
  ];
  const language = { code: 'en_US', policy: 'deterministic' as const };
  const offer = await theirs(client.messages.sendTemplate({ ...place, template: { name: 'offer', language, components } }));
  const buttons = [
    { index: 0, kind: 'quick_reply' as const, value: 'yes' },
    { index: 1, kind: 'url' as const, value: '1204' },
  ];
  const template = { name: 'offer', language: 'en_US', header: { link: { kind: 'image' as const, url } }, body: ['Ann'], buttons };
  // A number with them; Meta’s description of its API wants a text.
  const places = ['template.components.2.index', 'template.components.3.index'];
  expect(differs(await ours(whatsapp, { extras: { template } }), offer)).toEqual([...places, ...mine]);
});

test('messaging-api-messenger, with its proof of the app’s secret, sends what we send', async () => {
  lab.settings.needsProof = true;
  // It speaks as `me`.
  const ofPage = addToken(lab, { kind: 'page', of: ['2'] }).token;
  const client = new MessengerClient({ accessToken: ofPage, appSecret: lab.settings.appSecret, version: '23.0', origin: site.url });
  const sent = await client.sendText(psid, 'Hi');
  expect(sent.messageId).toMatch(/^m_/);
  const text = lastBody();
  expect(differs(await ours(messenger, { text: 'Hi' }), text)).toEqual(['messaging_type', 'message.metadata']);
  await client.sendMessage(psid, { text: 'Yes?', quickReplies: [{ contentType: 'text', title: 'Yes', payload: 'y' }] });
  const choices = lastBody();
  const own = await ours(messenger, { text: 'Yes?', extras: { buttons: [{ id: 'y', title: 'Yes' }] } });
  expect(differs(own, choices)).toEqual(['messaging_type', 'message.metadata']);
  await client.sendImage(psid, 'https://example.org/a.png');
  const image = lastBody();
  const ownImage = await ours(messenger, { extras: { link: { kind: 'image', url: 'https://example.org/a.png' } } });
  expect(differs(ownImage, image)).toEqual(['messaging_type', 'message.metadata']);
  await client.typingOn(psid);
  const typing = lastBody();
  const account = { id: 'a', workspaceId: 'w', channel: 'messenger' };
  await actOnPlatform(parts('2'), { account, act: { is: 'typing' }, target: { to: psid, messageId: null } }, AbortSignal.timeout(5000));
  expect(differs(lastBody(), typing)).toEqual([]);
  await client.markSeen(psid);
  expect([...lab.messages.values()].find(({ customer }) => customer === psid)?.status).toBe('read');
});
