import { randomUUID } from 'node:crypto';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Catcher, startCatcher } from '#lab/mail/catcher.ts';
import { createAuthority } from '#lab/mail/certificates.ts';
import type { Encryption } from '#lab/mail/receiver.ts';
import { createEmailChannel } from './channel.ts';
import type { MailSettings } from './settings.ts';

const authority = createAuthority();
const trusted = getCACertificates('default');
// What NODE_EXTRA_CA_CERTS does when a process starts.
beforeAll(() => setDefaultCACertificates([...trusted, authority.cert]));
afterAll(() => setDefaultCACertificates(trusted));

let catcher: Catcher | undefined;
afterEach(() => catcher?.close());

const here = '127.0.0.1';
/** How a mail over an account of this kind ends at a server of that kind: sent, or why not. */
async function ends(security: MailSettings['security'], encryption: Encryption): Promise<{ code: string; sentence: string }> {
  const server = await startCatcher({ encryption });
  catcher = server;
  const place = {
    host: here,
    port: server.smtpPort,
    security,
    username: 'shop',
    password: 'secret',
    fromName: '',
    fromAddress: 'shop@example.com',
    pool: 1,
  };
  const channel = createEmailChannel({ settingsOf: async () => place });
  const to = { kind: 'email' as const, value: 'ann@example.org' };
  const message = { deliveryId: randomUUID(), to, subject: 'Hi', text: 'Hi', commit: async () => undefined };
  return channel
    .send({ id: randomUUID(), workspaceId: randomUUID(), channel: 'email' }, message, AbortSignal.timeout(20_000))
    .then(
      (sent) => ({ code: sent.is, sentence: '' }),
      (error: { code: string; message: string }) => ({ code: error.code, sentence: error.message }),
    )
    .finally(() => channel.close());
}

test.each(['tls', 'starttls'] as const)('mail goes over %s to a server whose certificate is trusted', async (is) => {
  expect(await ends(is, { is, ...authority.certify(here) })).toMatchObject({ code: 'sent' });
  expect(catcher?.counts().total).toBe(1);
});

test.each<[string, () => Encryption & { is: 'tls' | 'starttls' }, RegExp]>([
  ['for another host', () => ({ is: 'tls', ...authority.certify('mail.example.test') }), /another host name/],
  ['that has expired', () => ({ is: 'starttls', ...authority.certify(here, { daysLeft: -1 }) }), /has expired/],
  ['of an authority that nobody trusts', () => ({ is: 'tls', ...createAuthority().certify(here) }), /NODE_EXTRA_CA_CERTS/],
])('a certificate %s stops the mail before a word of it, and says what to do', async (_, encryption, sentence) => {
  const server = encryption();
  const end = await ends(server.is, server);
  expect(end).toMatchObject({ code: 'mail_certificate', sentence: expect.stringMatching(sentence) });
  expect(catcher?.counts().total).toBe(0);
});

test('TLS to a port that begins without it says which port to take', async () => {
  expect(await ends('tls', { is: 'starttls', ...authority.certify(here) })).toMatchObject({
    code: 'mail_certificate',
    sentence: expect.stringMatching(/STARTTLS, which is usually port 587/),
  });
});

test('a server that offers no encryption gets neither the password nor the mail of an account that asks for it', async () => {
  expect(await ends('starttls', { is: 'none' })).toMatchObject({ code: 'mail_unreachable' });
  expect(catcher?.counts().total).toBe(0);
});
