import { createRequire } from 'node:module';
import { simpleParser } from 'mailparser';
import type MailComposerClass from 'nodemailer/lib/mail-composer/index.js';
import { expect, test } from 'vitest';
import { compose, type Mail } from './compose.ts';

// The class that this module exports.
const MailComposer = createRequire(import.meta.url)('nodemailer/lib/mail-composer') as typeof MailComposerClass;

const mail = (parts: Partial<Mail> = {}): Mail => ({
  from: { name: 'Shop', address: 'shop@example.com' },
  to: { name: 'Ann', address: 'ann@example.org' },
  subject: 'Hello',
  text: 'Hello Ann',
  messageId: '<one@example.com>',
  headers: { 'X-Patchbay-Delivery': 'one' },
  ...parts,
});

async function read(raw: Buffer) {
  const { text, html, subject, from, to, messageId, headers } = await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true });
  // One person each, so one object each.
  // Whether the last line ends in a break depends on the encoding, and nobody sees it.
  return {
    text: text?.trimEnd(),
    html,
    subject,
    from: from?.text,
    to: [to].flat()[0]?.text,
    messageId,
    delivery: headers.get('x-patchbay-delivery'),
  };
}

const page = `<html><body>${'<p style="color:#333">Grüße = "gut"</p>'.repeat(50)}</body></html>`;
const unusual: [string, Partial<Mail>][] = [
  ['a short plain text', {}],
  ['a text with long lines, tabs and spaces before line breaks', { text: `${'word '.repeat(60)} \t\nnext \n\n  last` }],
  ['lines that begin with dots, or with From', { text: '.\n..\n.hidden\nFrom here\n.' }],
  ['every kind of line break', { text: 'one\ntwo\r\nthree' }],
  ['a text in Cyrillic letters', { text: 'Здравствуйте, Анна! '.repeat(20), subject: 'Распродажа уже началась, не пропустите её до конца недели' }],
  ['a page', { html: page }],
  ['a page of one long line in Chinese', { html: `<p>${'你好，世界。'.repeat(300)}</p>` }],
  ['emoji, and what looks encoded', { subject: '=?utf-8?q?no?= 🎉', text: 'a =3D b 🎉 =\nend=' }],
  [
    'names with quotes, commas and umlauts',
    { from: { name: 'Müller, "the" Shop', address: 'shop@example.com' }, to: { name: "O'Ann\\ (x) <y>", address: 'ann@example.org' } },
  ],
  ['a domain that is not ASCII', { to: { name: '', address: 'ann@bücher.example' } }],
  ['no subject', { subject: '' }],
];

test.each(unusual)('%s reads as it was written, and as the library would have put it together', async (_, parts) => {
  const one = mail(parts);
  const { raw, envelope } = compose(one);
  const library = new MailComposer(one).compile();
  const reads = await read(raw);
  expect(reads).toEqual(await read(await library.build()));
  expect(reads.text).toBe(one.text.replaceAll('\r\n', '\n').trimEnd());
  expect(reads.html || undefined).toBe(one.html);
  expect(envelope).toEqual(library.getEnvelope());
});

test('no line is longer than servers take, and none ends in anything but CRLF', () => {
  for (const parts of [...unusual.map(([, one]) => one), { text: 'one\rtwo' }]) {
    const lines = compose(mail(parts)).raw.toString().split('\r\n');
    expect(lines.filter((line) => line.length > 76 || /[\r\n]/.test(line))).toEqual([]);
  }
});

test('a mail is one text, or a text and a page to choose from', () => {
  expect(compose(mail()).raw.toString()).toMatch(/Content-Type: text\/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nHello Ann\r\n$/);
  const both = compose(mail({ html: page })).raw.toString();
  const boundary = /boundary="([^"]+)"/.exec(both)?.[1];
  expect(both.split(`--${boundary}`).map((part) => part.split('\r\n')[1])).toEqual([
    expect.stringMatching(/./),
    'Content-Type: text/plain; charset=utf-8',
    'Content-Type: text/html; charset=utf-8',
    '',
  ]);
});
