import { type ParsedMail, simpleParser } from 'mailparser';
import type { CaughtMail } from '#lab/mail/mailbox.ts';

/** A caught mail as a person or a test reads it. */
export interface ReadMail {
  id: string;
  at: string;
  size: number;
  envelope: { from: string; to: readonly string[] };
  messageId: string | null;
  subject: string;
  from: string;
  to: string;
  /** The plain part as it was sent; null when the mail has none. */
  text: string | null;
  html: string | null;
  /** Lower-case name → value with folding undone; a header that stands there twice has its values on two lines. */
  headers: Record<string, string>;
  attachments: { name: string; type: string; bytes: number }[];
  delivery: string | null;
}

export type MailReader = (mail: CaughtMail) => Promise<ReadMail>;

/** Parses a mail when somebody looks at it, and remembers the result for as long as the mail is held. */
export function createMailReader(): MailReader {
  const read = new WeakMap<CaughtMail, Promise<ReadMail>>();
  return (mail) => {
    const known = read.get(mail);
    if (known) return known;
    const reading = parse(mail);
    read.set(mail, reading);
    return reading;
  };
}

async function parse(mail: CaughtMail): Promise<ReadMail> {
  // skipHtmlToText: a test must be able to see that the plain part is missing.
  const parsed = await simpleParser(mail.raw, { skipHtmlToText: true, skipTextToHtml: true });
  return {
    id: mail.id,
    at: mail.at.toISOString(),
    size: mail.raw.length,
    envelope: { from: mail.from, to: mail.to },
    messageId: parsed.messageId ?? null,
    subject: parsed.subject ?? '',
    from: parsed.from?.text ?? '',
    to: addressText(parsed.to),
    text: parsed.text ?? null,
    html: parsed.html || null,
    headers: headersOf(parsed),
    attachments: parsed.attachments.map(({ filename, contentType, size }) => ({ name: filename ?? '', type: contentType, bytes: size })),
    delivery: mail.delivery ?? null,
  };
}

function addressText(to: ParsedMail['to']): string {
  return [to ?? []]
    .flat()
    .map((one) => one.text)
    .join(', ');
}

function headersOf(parsed: ParsedMail): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { key, line } of parsed.headerLines) {
    const value = line
      .slice(line.indexOf(':') + 1)
      .replace(/\r?\n[ \t]+/g, ' ')
      .trim();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}\n${value}`;
  }
  return headers;
}
