import { randomUUID } from 'node:crypto';
import type MimeNode from 'nodemailer/lib/mime-node/index.js';
import type { Envelope } from 'nodemailer/lib/mime-node/index.js';
import type { Media } from '#core/channel.ts';
import { nodemailer } from './nodemailer.ts';
import { quotedPrintable } from './quoted-printable.ts';

type Mailbox = { name: string; address: string };
/** What one mail says and to whom; `headers` are those beyond the usual. */
export type Mail = {
  from: Mailbox;
  to: Mailbox;
  subject: string;
  text: string;
  html?: string;
  file?: Media;
  /** The envelope's sender, where bounces go; `from` when there is none. */
  returnPath?: string;
  messageId: string;
  headers: Record<string, string>;
};
/** A mail as it goes over the line: nothing about it can fail any more, and a connection waits for nothing. */
export type ReadyMail = { envelope: Envelope; messageId: string; raw: Buffer };

/**
 * Puts a mail together with the library's rules for headers and bodies, but not through its streams: a mail is small and all of it is here, and
 * seven streams took seven times the processor (measured: 1.0 ms against 0.14 ms).
 */
export function compose({ from, to, subject, text, html, file, returnPath, messageId, headers }: Mail): ReadyMail {
  const { MimeNode, foldLines } = nodemailer();
  // It holds nothing of a mail, and each new one asks for random bytes.
  encoder ??= new MimeNode();
  const encode = encoder;
  const texts = { ...headers, Subject: subject, 'Message-ID': messageId };
  const values = [
    ...Object.entries(texts).map(([name, value]) => [name, encode.encodeHeaderValue(name, value)] as const),
    ['From', headerOf(encode, from)] as const,
    ['To', headerOf(encode, to)] as const,
    ['Date', new Date().toUTCString().replace('GMT', '+0000')] as const,
    ['MIME-Version', '1.0'] as const,
  ];
  // A header without a value, such as the subject of a message by hand, is no header.
  const lines = values.flatMap(([name, value]) => (value === '' ? [] : [foldLines(`${name}: ${value}`, lineLength)]));
  const said = html ? parts('alternative', partOf('plain', text), partOf('html', html)) : partOf('plain', text);
  const body = file ? parts('mixed', said, attachmentOf(file)) : said;
  const envelope = envelopeOf(returnPath ?? from.address, to.address);
  return { envelope, messageId, raw: Buffer.from([...lines, body, ''].join('\r\n')) };
}

let encoder: MimeNode | undefined;

/** Addresses and names that stand in a mail as they are: with these the library would do nothing but look at them, eight times for each mail. */
const plainAddress = /^[a-z\d]+(?:[.+_-][a-z\d]+)*@[a-z\d]+(?:[.-][a-z\d]+)*\.[a-z]+$/;
const plainName = /^\w+(?: \w+)*$/;

function headerOf(encode: MimeNode, mailbox: Mailbox): string {
  const { name, address } = mailbox;
  if (!plainAddress.test(address) || (name !== '' && !plainName.test(name))) return encode.encodeHeaderValue('To', mailbox);
  return name === '' ? address : `${name} <${address}>`;
}

function envelopeOf(from: string, to: string): Envelope {
  if (plainAddress.test(from) && plainAddress.test(to)) return { from, to: [to] };
  const { MimeNode } = nodemailer();
  return new MimeNode().setEnvelope({ from, to: [to] }).getEnvelope();
}

/** RFC 2045 6.7 and RFC 5322 2.1.1: the longest line that every mail server and program takes. */
const lineLength = 76;

/** RFC 2046 5.1.3 and 5.1.4: what is read first stands first; of alternatives the plainest. */
function parts(kind: 'alternative' | 'mixed', ...each: string[]): string {
  // A boundary with `=_` in it stands in no encoded text (RFC 2045 6.7), and nobody can guess it to write it into a plain one.
  const boundary = `=_${randomUUID()}`;
  const inside = each.map((part) => `--${boundary}\r\n${part}\r\n`);
  return `Content-Type: multipart/${kind};\r\n boundary="${boundary}"\r\n\r\n${inside.join('')}--${boundary}--`;
}

/** A file with its name, which the library writes as mail programs read it (RFC 2231). */
function attachmentOf({ name, mimeType, content }: Media): string {
  const { MimeNode, base64 } = nodemailer();
  const node = new MimeNode('multipart/mixed').createChild(mimeType, { filename: name }).setHeader('Content-Transfer-Encoding', 'base64');
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return `${node.buildHeaders()}\r\n\r\n${base64.wrap(base64.encode(bytes), lineLength)}`;
}

/** The headers of one text and the text itself: as it is where that is safe, else in whichever encoding is shorter. */
function partOf(kind: 'plain' | 'html', text: string): string {
  const { content, encoding } = encode(text.replaceAll(anyLineBreak, '\r\n'));
  return `Content-Type: text/${kind}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${content}`;
}

const anyLineBreak = /\r\n?|\n/g;
const isPlain = /^[\t\r\n\x20-\x7e]*$/;
const hasLongLine = /[^\r\n]{77}/;

function encode(text: string): { content: string; encoding: string } {
  if (isPlain.test(text) && !hasLongLine.test(text)) return { content: text, encoding: '7bit' };
  const quoted = quotedPrintable(text);
  const base64Length = (Buffer.byteLength(text) * 4) / 3;
  if (quoted.length <= base64Length) return { content: quoted, encoding: 'quoted-printable' };
  const { base64 } = nodemailer();
  return { content: base64.wrap(base64.encode(text), lineLength), encoding: 'base64' };
}
