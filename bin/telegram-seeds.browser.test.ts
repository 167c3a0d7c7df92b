import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { startCatcher } from '#lab/mail/catcher.ts';
import { startTelegramLab } from '#lab/telegram/site.ts';
import { bareConfig } from './bare-config.ts';
import { signUp } from './demo/http-client.ts';
import { startProduct } from './product.ts';

const person = { email: 'ann@example.test', password: 'twelve letters', name: 'Ann', workspace: 'Shop', zone: 'Europe/Berlin' };
const me = '500';
const phone = '+4915550000002';
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 60_000, interval: 300 });

test('the paths of the Telegram document, one after the other: profiles are linked, write to a person and a channel, and say who they are', async () => {
  await using parts = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-telegram-'));
  parts.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  const lab = parts.use(await startTelegramLab({ settings: { syncMs: 50 } }));
  const control = async (path: string, body?: object): Promise<Record<string, unknown>> =>
    (
      await fetch(lab.control + path, body ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {})
    ).json();
  await control('/accounts', { id: me, phone, name: 'Shop', password: 'cloud password' });
  await control('/accounts', { id: '600', phone: '+4915550000003', name: 'Support' });
  await control('/peers', [
    { id: '1007', name: 'Anna', username: 'anna_a' },
    { id: '-1001234567', name: 'News' },
  ]);
  const product = parts.use(
    await startProduct(bareConfig(dataDir, { WORKER_SLOTS: '2', BROWSER_PATH: inject('browserPath') ?? '' }), () => undefined),
  );
  const client = await signUp(product.url, person);
  const fast = { mode: 'compressed', speed: 30, gapSpeed: 600 } as const;
  await client.changeWorkspace({ body: { settings: { quietHours: null, pace: fast } } });
  const { id } = await client.addProfile({ body: { channel: 'telegram-web', name: phone, baseUrl: lab.url } });
  const { accessToken } = await client.login({ body: { email: person.email, password: person.password } });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` };
  const seed = async (line: string, sends?: object) => {
    const [method, path] = line.split(' ');
    const reply = await fetch(product.url + path, { method, headers, ...(sends ? { body: JSON.stringify({ phone, ...sends }) } : {}) });
    return { status: reply.status, ...(await reply.json()) };
  };

  expect(await seed('POST /api/telegram/login', {})).toMatchObject({ status: 202, state: 'needs_code' });
  const wrong = { status: 422, error: { code: 'wrong_code', message: 'Telegram Web says: Invalid code, please try again' } };
  expect(await seed('POST /profiles/code', { code: '00000' })).toMatchObject(wrong);
  expect(await seed('POST /profiles/start', {})).toMatchObject({ status: 202, state: 'needs_code' });
  const { code } = await control(`/code?account=${me}`);
  expect(await seed('POST /profiles/code', { code })).toMatchObject({ status: 202, state: 'needs_password' });
  expect(await seed('POST /profiles/password', { password: 'wrong' })).toMatchObject({ status: 422, error: { code: 'wrong_code' } });
  expect(await seed('POST /profiles/password', { password: 'cloud password' })).toMatchObject({ status: 202 });
  await soon(async () => (await client.readProfile({ params: { id } })).state).toBe('ready');
  const asked = `?phone=${encodeURIComponent(phone)}`;
  expect(await seed(`GET /utils/me${asked}`)).toMatchObject({ identity: me, state: 'ready' });

  for (const [receiver, peer] of [
    ['@anna_a', '1007'],
    ['-1001234567', '-1001234567'],
  ] as const) {
    const { deliveryId } = await seed('POST /messages/send', { text: `Hello ${receiver}`, tg_receiver: receiver });
    const sent = async () => (await client.listLogs({ query: {} })).rows.find((row) => row.id === deliveryId);
    await soon(async () => (await sent())?.state).toBe('sent');
    const [message, ...more] = lab.lab.chats.get(`${me}:${peer}`)?.messages ?? [];
    expect([message?.text, more]).toEqual([`Hello ${receiver}`, []]);
    expect((await sent())?.platformId).toBe(`${peer}:${message?.id}`);
  }
  await control('/incoming', { account: me, peer: '1007', text: 'Thank you' });
  await soon(async () => (await seed('POST /messages/unread', {})).rows).toEqual([{ conversation: '1007', name: 'Anna', count: 1 }]);
  const dialogs = await seed('POST /messages/dialogs', {});
  expect(dialogs.rows.map((row: { conversation: string }) => row.conversation)).toEqual(['1007', '-1001234567']);

  // One campaign over this profile and a mail account: each person by the way that leads to them.
  const catcher = parts.use(await startCatcher());
  const mail = await client.addMailAccount({
    body: { name: 'Letters', host: '127.0.0.1', port: catcher.smtpPort, security: 'none', fromAddress: 'shop@example.test' },
  });
  const template = await client.addTemplate({ body: { name: 'Both', subject: 'For {{name}}', body: 'Dear {{name}}, we moved.' } });
  const list = await client.addList({ body: { name: 'Both' } });
  await client.addEntry({ params: { id: list.id }, body: { name: 'Anna', handle: '@anna_a' } });
  await client.addEntry({ params: { id: list.id }, body: { name: 'Ben', email: 'ben@example.test' } });
  const campaign = await client.addCampaign({
    body: { name: 'Both', templateId: template.id, senderIds: [id, mail.id], audience: { listIds: [list.id] } },
  });
  await client.startCampaign({ params: { id: campaign.id } });
  await soon(async () => (await client.readCampaign({ params: { id: campaign.id } })).state).toBe('finished');
  expect(lab.lab.chats.get(`${me}:1007`)?.messages.map(({ text }) => text)).toContain('Dear Anna, we moved.');
  expect((await catcher.messages()).map(({ subject, text }) => [subject, text?.trim()])).toEqual([['For Ben', 'Dear Ben, we moved.']]);

  // A second one of the same person, by its picture.
  const second = await client.addProfile({ body: { channel: 'telegram-web', name: 'Support', baseUrl: lab.url } });
  const params = { id: second.id };
  await soon(async () => (await client.loginByQr({ params })).qr).toMatch(/^tg:/);
  await control('/scan', { account: '600', text: (await client.readLogin({ params })).qr });
  await soon(async () => (await client.listProfiles()).rows.map(({ state, identity }) => [state, identity]).sort()).toEqual([
    ['ready', me],
    ['ready', '600'],
  ]);
});
