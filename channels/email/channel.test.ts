import { randomUUID } from 'node:crypto';
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
