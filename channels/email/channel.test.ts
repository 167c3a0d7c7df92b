import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Outgoing } from '#core/channel.ts';
import { type Catcher, startCatcher } from '#lab/mail/catcher.ts';
import { createEmailChannel, type EmailChannel } from './channel.ts';
import type { MailSettings } from './settings.ts';

const account = { id: randomUUID(), workspaceId: randomUUID(), channel: 'email' };
let catcher: Catcher;
let channel: EmailChannel;
let settings: MailSettings;

beforeEach(async () => {
  catcher = await startCatcher();
  settings = {
    host: '127.0.0.1',
    port: catcher.smtpPort,
    security: 'none',
    username: null,
    password: null,
    fromName: 'Shop',
    fromAddress: 'shop@example.com',
    pool: 2,
  };
  channel = createEmailChannel({ settingsOf: async () => settings });
});
afterEach(async () => {
  await channel.close();
  await catcher.close();
});

const message = (parts: Partial<Outgoing> = {}): Outgoing => ({
  deliveryId: randomUUID(),
  to: { kind: 'email', value: 'ann@example.org', name: 'Ann' },
  subject: 'Hello',
  text: 'Hello Ann',
  commit: async () => undefined,
  ...parts,
});
const send = (parts: Partial<Outgoing> = {}) => channel.send(account, message(parts), AbortSignal.timeout(20_000));
const codeOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'sent',
    (error: { code: string }) => error.code,
  );

test('a mail arrives once, under an id made of its delivery', async () => {
  const one = message();
  const sent = await channel.send(account, one, AbortSignal.timeout(20_000));
  expect(sent).toMatchObject({ is: 'sent', platformId: `<${one.deliveryId}@example.com>` });
  expect([...catcher.deliveries()]).toEqual([[one.deliveryId, 1]]);
});

test('mails that begin side by side go over one pool', async () => {
  let reads = 0;
  const own = createEmailChannel({
    settingsOf: async () => {
      reads += 1;
      return settings;
    },
  });
  await Promise.all([1, 2, 3, 4].map(() => own.send(account, message(), AbortSignal.timeout(20_000))));
  await own.close();
  expect(reads).toBe(1);
});

test('nothing is sent when the commit is refused', async () => {
  const refused = send({ commit: () => Promise.reject(new Error('the lease is lost')) });
  await expect(refused).rejects.toThrow('the lease is lost');
  expect(catcher.counts().total).toBe(0);
});

test('a dry run commits nothing and sends nothing', async () => {
  expect(await send({ dryRun: true, commit: () => Promise.reject(new Error('committed')) })).toEqual({ is: 'dry_run' });
  expect(catcher.counts().total).toBe(0);
});

test('a refused recipient is final, a deferred one is not', async () => {
  catcher.setFaults({
    rejectRecipients: [
      { pattern: 'no@*', code: 550, text: 'no such user' },
      { pattern: 'later@*', code: 451, text: 'greylisted' },
    ],
  });
  expect(await codeOf(send({ to: { kind: 'email', value: 'no@example.org' } }))).toBe('mail_refused');
  expect(await codeOf(send({ to: { kind: 'email', value: 'later@example.org' } }))).toBe('mail_deferred');
});

test('a connection that is cut after the data is not proven, and the mail is not sent again', async () => {
  catcher.setFaults({ dropAfterData: 1 });
  const one = message();
  expect(await codeOf(channel.send(account, one, AbortSignal.timeout(20_000)))).toBe('not_proven');
  expect(await codeOf(send())).toBe('sent');
  expect(catcher.deliveries().get(one.deliveryId)).toBe(1);
});

test('a connection that is cut before the data sent nothing, on a new connection and on one that was used before', async () => {
  settings = { ...settings, pool: 1 };
  catcher.setFaults({ closeEvery: 2 });
  const one = message();
  expect(await codeOf(send())).toBe('sent');
  expect(await codeOf(channel.send(account, one, AbortSignal.timeout(20_000)))).toBe('mail_unreachable');
  expect(await codeOf(channel.send(account, one, AbortSignal.timeout(20_000)))).toBe('sent');
  catcher.setFaults({ closeEvery: 1 });
  expect(await codeOf(send())).toBe('mail_unreachable');
  expect(catcher.deliveries().get(one.deliveryId)).toBe(1);
  expect(catcher.counts().total).toBe(2);
});

test('a mail that is deferred after its data was not taken', async () => {
  catcher.setFaults({ deferAfterData: 1 });
  expect(await codeOf(send())).toBe('mail_deferred');
  expect(catcher.counts().total).toBe(0);
});

test('a sign-in that is refused is the account’s matter', async () => {
  catcher.setFaults({ refuseSignIn: true });
  settings = { ...settings, username: 'shop', password: 'wrong' };
  expect(await codeOf(send())).toBe('mail_sign_in');
});

test('a server that refuses everybody at the door says nothing about the recipient', async () => {
  const door = createServer((socket) => socket.end('554 5.3.2 Not now\r\n')).listen(0, '127.0.0.1');
  await once(door, 'listening');
  settings = { ...settings, port: (door.address() as AddressInfo).port }; // A TCP server has an AddressInfo.
  expect(await codeOf(send())).toBe('mail_unreachable');
  door.close();
});

test('a server that answers DATA and goes away in the middle of the mail is not proven', async () => {
  const rude = createServer((socket) => {
    socket.write('220 rude.test\r\n');
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const text = chunk.toString();
      if (text.startsWith('EHLO')) socket.write('250 rude.test\r\n');
      else if (text.startsWith('MAIL') || text.startsWith('RCPT')) socket.write('250 OK\r\n');
      else if (text.startsWith('DATA')) socket.write('354 go on\r\n');
      else socket.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(rude, 'listening');
  settings = { ...settings, port: (rude.address() as AddressInfo).port }; // A TCP server has an AddressInfo.
  expect(await codeOf(send({ text: 'x'.repeat(200_000) }))).toBe('not_proven');
  rude.close();
});

test('a server that is not there is unreachable: nothing was sent', async () => {
  const { smtpPort } = catcher;
  await catcher.close();
  settings = { ...settings, port: smtpPort };
  expect(await codeOf(send())).toBe('mail_unreachable');
});

test('a line break in a subject or name is refused before the commit', async () => {
  let isCommitted = false;
  const commit = async () => {
    isCommitted = true;
  };
  expect(await codeOf(send({ commit, subject: 'Hello\r\nBcc: all@example.org' }))).toBe('mail_refused');
  expect(await codeOf(send({ commit, to: { kind: 'email', value: 'ann@example.org', name: 'Ann\nX: y' } }))).toBe('mail_refused');
  expect(isCommitted).toBe(false);
});

test('mail leaves this machine only encrypted', async () => {
  settings = { ...settings, host: 'mail.example.org' };
  expect(await codeOf(send())).toBe('mail_sign_in');
});
