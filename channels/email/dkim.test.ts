import { randomUUID } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NameServer, startNameServer } from '#lab/dns/name-server.ts';
import { compose, type Mail, type ReadyMail } from './compose.ts';
import { type DkimSettings, dkimRecordOf, isSameKey, makeDkimKey, signerOf, signMail } from './dkim.ts';

let names: NameServer;
let settings: DkimSettings;
const resolver = new Resolver();
beforeAll(async () => {
  names = await startNameServer();
  resolver.setServers([names.address]);
  const key = await makeDkimKey();
  const record = dkimRecordOf({ domain: 'example.com', ...key });
  names.set(record.name, { TXT: [record.value] });
  settings = { domain: 'example.com', ...key };
});
afterAll(() => names.close());

const mail = (parts: Partial<Mail> = {}): Mail => ({
  from: { name: 'Müller, "the" Shop', address: 'shop@example.com' },
  to: { name: 'Ann', address: 'ann@example.org' },
  subject: 'Распродажа уже началась, не пропустите её до конца недели',
  text: 'Hello  Ann \t\nnext\n\n\n',
  messageId: `<${randomUUID()}@example.com>`,
  headers: {
    'List-Unsubscribe': `<https://patchbay.example.com/u/${'a'.repeat(90)}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  },
  ...parts,
});
const sign = (one: Mail) => signMail(compose(one), signerOf(settings));
/** What a verifier that is none of ours says of it. */
async function verdict({ raw }: ReadyMail | { raw: Buffer }) {
  const { results } = await dkimVerify(raw, { resolver: (name) => resolver.resolveTxt(name) });
  return results.map((one) => one.status.result);
}

test.each<[string, Partial<Mail>]>([
  ['a short text', {}],
  ['no text at all', { text: '' }],
  ['a text of empty lines', { text: `a${'\n'.repeat(60_000)}b\n\n` }],
  ['a page', { html: `<p>${'Grüße = "gut" '.repeat(300)}</p>` }],
  ['a file', { file: { kind: 'document', name: 'Plan für Ann.pdf', mimeType: 'application/pdf', content: Buffer.alloc(5000, 7) } }],
  ['an address beyond ASCII', { to: { name: '', address: 'ann@bücher.example' } }],
])('%s is signed so that an independent verifier accepts it', async (_, parts) => {
  expect(await verdict(await sign(mail(parts)))).toEqual(['pass']);
});

test('lines of the signature are short, and one-click lies inside it', async () => {
  const head = (await sign(mail())).raw.toString().split('\r\n\r\n')[0] ?? '';
  const signature = head.slice(0, head.search(/\r\n\S/));
  expect(signature.split('\r\n').every((line) => line.length <= 78)).toBe(true);
  expect(signature.replaceAll(/\s/g, '')).toMatch(/h=from:from:.*list-unsubscribe:list-unsubscribe-post[;:]/);
});

test('whoever changes the text, a header, the link to unsubscribe, or adds another sender breaks it', async () => {
  const { raw } = await sign(mail());
  const text = raw.toString('latin1');
  const after = (changed: string) => verdict({ raw: Buffer.from(changed, 'latin1') });
  expect(await after(text)).toEqual(['pass']);
  expect(await after(text.replace('Hello', 'Hallo'))).toEqual(['neutral']);
  expect(await after(text.replace('Message-ID: <', 'Message-ID: <x'))).toEqual(['fail']);
  expect(await after(text.replace('/u/a', '/u/b'))).toEqual(['fail']);
  expect(await after(text.replace('From:', 'From: other@example.com\r\nFrom:'))).toEqual(['fail']);
});

test('a key is known by what it is and not by how it is written down', async () => {
  const [one, other] = [await makeDkimKey(), await makeDkimKey()];
  expect(isSameKey(one.publicKey.replaceAll(/.{64}/g, '$& '), one.publicKey)).toBe(true);
  expect(isSameKey(other.publicKey, one.publicKey)).toBe(false);
  expect(isSameKey('nonsense', one.publicKey)).toBe(false);
});
