import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { json } from 'node:stream/consumers';
import { actOnPlatform } from '#channels/meta/acts.ts';
import { userAgent } from '#channels/meta/graph.ts';
import { createWhatsAppCloudChannel } from '#channels/meta/whatsapp-cloud.ts';
import type { Outgoing } from '#core/channel.ts';
import { asFailure } from '#core/failure.ts';
import type { PlatformExtras } from '#core/platform-extras.ts';
import type { ProofOptions } from './options.ts';

/** Meta's description leaves it out of what is sent, though it comes back in what it describes of statuses. */
const undescribed = ['biz_opaque_callback_data'];
const link = (kind: 'image' | 'video' | 'audio' | 'document') => ({
  link: { kind, url: 'https://example.org/a', ...(kind === 'document' && { name: 'a.pdf' }) },
});
const template = { name: 'ready', language: 'en_US', body: [], buttons: [] };
const choices = [{ id: 'y', title: 'Yes' }];
const sections = [{ title: 'Sizes', rows: [{ id: 's', title: 'Small', description: 'fits few' }] }];

const extras: Record<string, PlatformExtras> = {
  'an image that lies elsewhere': link('image'),
  'a video that lies elsewhere': link('video'),
  'a document that lies elsewhere': link('document'),
  'a template': { template },
  'a template with values': { template: { ...template, body: ['Ann', 'Friday'] } },
  'a template with a heading': { template: { ...template, header: { text: '1204' }, body: ['Ann'] } },
  'a template with a picture': { template: { ...template, header: link('image') } },
  // The description's own example, the first button, breaks its pattern for places (`^[2-6, 11-14]$`): these are at the third and fourth.
  'a template with buttons': {
    template: {
      ...template,
      buttons: [
        { index: 2, kind: 'quick_reply', value: 'yes' },
        { index: 3, kind: 'url', value: '1204' },
      ],
    },
  },
  buttons: { buttons: choices },
  'a list': { list: { button: 'Choose', sections } },
};
const media = (mimeType: string, kind: 'image' | 'video' | 'document') => ({ kind, mimeType, name: 'a', content: Buffer.from('x') });
const messages: Record<string, Partial<Outgoing>> = {
  'a text': { text: 'Hi' },
  'a text with an address': { text: 'See https://example.org' },
  'an answer': { text: 'Yes', quoted: 'wamid.x' },
  'an image': { text: 'Look', media: media('image/jpeg', 'image') },
  'a video': { text: 'Look', media: media('video/mp4', 'video') },
  'a sound': { media: media('audio/mpeg', 'document') },
  'a document': { text: 'Read', media: media('application/pdf', 'document') },
  'a sound that lies elsewhere': { extras: link('audio') },
  ...Object.fromEntries(Object.entries(extras).map(([name, one]) => [name, { text: one.template ? '' : 'Which?', extras: one }])),
};

/**
 * Every message that WhatsApp Cloud gets from us, before Prism and Meta's own description of its API (github.com/facebook/openapi, whose terms
 * keep it out of this repository): `--prism` is the program, of the package `@stoplight/prism-cli`, `--spec` the file.
 */
export async function proveWhatsAppOpenapi({ spec, prism }: ProofOptions): Promise<string[]> {
  if (!spec || !prism) return ['Say where both are: --spec business-messaging-api_v23.0.yaml --prism node_modules/.bin/prism'];
  await using parts = new AsyncDisposableStack();
  const judge = await startPrism({ spec, prism });
  parts.defer(judge.stop);
  const refusals: string[] = [];
  const door = await startDoor(judge.url, refusals);
  parts.defer(() => void door.close());
  // A server that listens on a port always has an AddressInfo.
  const host = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  const accountOf = async () => ({ nodeId: '106540352242922', place: { host, version: 'v23.0', token: 'EAA-proof', appSecret: null } });
  const channel = createWhatsAppCloudChannel({ accountOf, now: () => new Date() });
  const account = { id: 'a', workspaceId: 'w', channel: 'whatsapp-cloud' };
  const signal = AbortSignal.timeout(120_000);
  const problems: string[] = [];
  const attempt = async (name: string, send: () => Promise<unknown>) => {
    refusals.length = 0;
    const failure = await send().then(
      () => null,
      (error: unknown) => asFailure(error),
    );
    if (failure) problems.push(`${name}: ${refusals.join('; ') || failure.message}`);
    console.log(`  ${failure ? 'refused ' : 'accepted'} ${name}`);
  };
  const whole = {
    deliveryId: 'd',
    to: { kind: 'phone' as const, value: '+4915112345678' },
    text: '',
    heardAt: new Date(),
    commit: async () => undefined,
  };
  for (const [name, message] of Object.entries(messages)) await attempt(name, () => channel.send(account, { ...whole, ...message }, signal));
  const target = { to: '+4915112345678', messageId: 'wamid.x' };
  await attempt('a reaction', () => actOnPlatform({ accountOf }, { account, act: { is: 'react', messageId: 'm', emoji: '👍' }, target }, signal));
  const odd = await fetch(`${host}/v23.0/1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': userAgent, authorization: 'Bearer x' },
    body: JSON.stringify({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '+4915112345678',
      type: 'text',
      text: { body: 'x' },
      extra: 1,
    }),
  });
  if (odd.status !== 422) problems.push(`A message with a field that nobody knows was answered ${odd.status}: nobody has looked.`);
  return problems;
}

async function startPrism({ spec, prism }: { spec: string; prism: string }): Promise<{ url: string; stop: () => void }> {
  const child = spawn(prism, ['mock', '--errors', '--port', '0', spec], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface(child.stdout)) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (!url || !line.includes('listening')) continue;
    child.stdout.resume();
    return { url, stop: () => void child.kill() };
  }
  throw new Error('Prism ended before it listened.');
}

/** Hands on what comes, without what the description leaves out, and notes what Prism finds wrong with it. */
async function startDoor(url: string, refusals: string[]): Promise<Server> {
  const server = createServer(async (request, response) => {
    const isJson = request.headers['content-type']?.includes('json') ?? false;
    const given = isJson ? ((await json(request)) as Record<string, unknown>) : null; // Ours are objects.
    for (const name of undescribed) if (given) delete given[name];
    const { host: _, 'content-length': __, connection: ___, ...headers } = request.headers;
    const chunks = given ? [] : await request.toArray();
    const answer = await fetch(url + request.url, {
      method: request.method ?? 'POST',
      headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
      body: given ? JSON.stringify(given) : Buffer.concat(chunks),
    });
    const text = await answer.text();
    if (!answer.ok) refusals.push(text.slice(0, 600));
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
