import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import type { MailProvider } from '#core/bounce.ts';
import { isOfSns, isSigned } from './provider-signatures.ts';
import { makeSnsKey, snsCertUrl, snsTopic, wrapInSns } from './testing/sns.ts';

const now = new Date('2026-11-21T12:00:00Z');
const seconds = String(now.getTime() / 1000);
const nobody = () => Promise.reject(new Error('nothing is asked'));
type Given = { body: Buffer; headers?: Record<string, string>; secret: string };
const check = (provider: MailProvider, { body, headers = {}, secret }: Given, at = now, fetchText: (url: string) => Promise<string> = nobody) =>
  isSigned(provider, { body, header: (name) => headers[name], secret, now: at }, fetchText);
const changed = (body: Buffer) => Buffer.from(body.toString().replace('ann', 'ben'));

test('SendGrid signs the time and the bytes with a key of which we have the public half', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = Buffer.from('[{"email":"ann@example.org"}]\r\n');
  const given = {
    body,
    secret: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    headers: {
      'x-twilio-email-event-webhook-timestamp': seconds,
      'x-twilio-email-event-webhook-signature': sign('sha256', Buffer.concat([Buffer.from(seconds), body]), privateKey).toString('base64'),
    },
  };
  expect(await check('sendgrid', given)).toBe(true);
  expect(await check('sendgrid', { ...given, body: changed(body) })).toBe(false);
  expect(await check('sendgrid', { ...given, headers: { ...given.headers, 'x-twilio-email-event-webhook-timestamp': '1' } })).toBe(false);
  expect(await check('sendgrid', { ...given, headers: {} as never })).toBe(false);
  expect(await check('sendgrid', { ...given, secret: 'no key' })).toBe(false);
});

test('Mailgun signs a stamp and a token, and neither counts a day later', async () => {
  const body = (signature: string) => Buffer.from(JSON.stringify({ signature: { timestamp: seconds, token: 'abc', signature }, 'event-data': {} }));
  const right = createHmac('sha256', 'key of ours').update(`${seconds}abc`).digest('hex');
  expect(await check('mailgun', { body: body(right), secret: 'key of ours' })).toBe(true);
  expect(await check('mailgun', { body: body(right), secret: 'another key' })).toBe(false);
  expect(await check('mailgun', { body: body(right.replace(/./, 'x')), secret: 'key of ours' })).toBe(false);
  expect(await check('mailgun', { body: body(right), secret: 'key of ours' }, new Date(now.getTime() + 25 * 3_600_000))).toBe(false);
  expect(await check('mailgun', { body: Buffer.from('no JSON'), secret: 'key of ours' })).toBe(false);
});

test('Postmark signs in with the password of its address', async () => {
  const authorization = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  const given = { body: Buffer.from('{}'), secret: 'a password:with a colon' };
  expect(await check('postmark', { ...given, headers: authorization('any:a password:with a colon') })).toBe(true);
  expect(await check('postmark', { ...given, headers: authorization('any:a password') })).toBe(false);
  expect(await check('postmark', given)).toBe(false);
  expect(await check('postmark', { ...given, secret: '', headers: authorization('any:') })).toBe(false);
});

test('anybody else signs the time and the bytes with a key that both have, and is late after a quarter of an hour', async () => {
  const body = Buffer.from('{"events":[{"recipient":"ann@example.org"}]}');
  const signature = createHmac('sha256', 'shared').update(`${seconds}.`).update(body).digest('hex');
  const given = { body, secret: 'shared', headers: { 'x-patchbay-timestamp': seconds, 'x-patchbay-signature': `sha256=${signature}` } };
  expect(await check('generic', given)).toBe(true);
  expect(await check('generic', { ...given, body: changed(body) })).toBe(false);
  expect(await check('generic', { ...given, headers: { ...given.headers, 'x-patchbay-timestamp': String(Number(seconds) + 1) } })).toBe(false);
  expect(await check('generic', given, new Date(now.getTime() + 16 * 60_000))).toBe(false);
});

test('Amazon signs with a certificate of its own site, and only for the topic that was named', async () => {
  const { key, certificate } = makeSnsKey();
  const asked: string[] = [];
  const amazon = async (url: string) => {
    asked.push(url);
    return certificate;
  };
  const ask = (body: Buffer, secret = snsTopic) => check('ses', { body, secret }, now, amazon);
  const body = wrapInSns(key, { mail: 'ann' });
  expect(await ask(body)).toBe(true);
  expect(await ask(wrapInSns(key, { mail: 'ann' }, { SignatureVersion: '1' }))).toBe(true);
  expect(
    await ask(
      wrapInSns(key, 'You have chosen…', { Type: 'SubscriptionConfirmation', Token: 't', SubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?x' }),
    ),
  ).toBe(true);
  expect(asked).toEqual([snsCertUrl, snsCertUrl, snsCertUrl]);
  expect(await ask(changed(body))).toBe(false);
  expect(await ask(body, 'arn:aws:sns:eu-west-1:999999999999:bounces')).toBe(false);
  expect(await ask(wrapInSns(makeSnsKey().key, { mail: 'ann' }))).toBe(false);
  asked.length = 0;
  for (const url of [
    'https://sns.eu-west-1.amazonaws.com.example.org/a.pem',
    'http://sns.eu-west-1.amazonaws.com/a.pem',
    'https://s3.amazonaws.com/a.pem',
    'https://sns.x@example.org/a',
  ])
    expect(await ask(wrapInSns(key, { mail: 'ann' }, { SigningCertURL: url }))).toBe(false);
  expect(asked).toEqual([]);
  expect(isOfSns('https://sns.cn-north-1.amazonaws.com.cn/a.pem')).toBe(true);
});
