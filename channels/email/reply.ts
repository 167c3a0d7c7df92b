import { createHash } from 'node:crypto';
import type { Attachment, ParsedMail } from 'mailparser';
import { parseEmail } from '#core/address.ts';
import { storable } from '#core/storable.ts';
import { foldQuotes } from './fold-quotes.ts';
import { messageIdsIn } from './mime-parts.ts';

/** A mail that a person wrote, as a conversation shows it: text only, whatever it was written in. */
export type MailReply = {
  /** With its angle brackets; of a mail without one, made of all that it says. */
  messageId: string;
  from: { address: string; name: string };
  subject: string;
  text: string;
  /** What was quoted below the text. */
  folded: string | null;
  at: Date | null;
  /** Ids of the mails that it answers, the nearest first. */
  answers: string[];
  files: { name: string; content: Buffer }[];
  /** Newsletters, lists and notices: many get the same. */
  isBulk: boolean;
};

/** More than anybody writes or attaches by hand. */
const most = { letters: 100_000, folded: 20_000, files: 10, answers: 50 };

/** Null where nobody can be answered. */
export async function readReply(raw: Buffer): Promise<MailReply | null> {
  // Loaded for the first mail: a start does not wait for it.
  const { simpleParser } = await import('mailparser');
  // Its own conversion of HTML keeps what a person reads, and neither markup nor scripts.
  const mail = await simpleParser(raw, { skipTextToHtml: true, skipImageLinks: true, skipTextLinks: true });
  const [from] = mail.from?.value ?? [];
  const sender = parseEmail(from?.address ?? '');
  if (sender.is !== 'email') return null;
  const { text, folded } = foldQuotes(storable(mail.text ?? '').slice(0, most.letters));
  return {
    messageId: idOf(mail, raw),
    from: { address: sender.value, name: storable(from?.name ?? '').slice(0, 120) },
    subject: storable(mail.subject ?? '').slice(0, 300),
    text,
    folded: folded?.slice(0, most.folded) ?? null,
    at: mail.date ?? null,
    answers: answersOf(mail),
    files: mail.attachments.filter(isForPeople).slice(0, most.files).map(fileOf),
    isBulk: isBulk(mail),
  };
}

function idOf(mail: ParsedMail, raw: Buffer): string {
  return messageIdsIn(mail.messageId ?? '')[0] ?? `<${createHash('sha256').update(raw).digest('hex').slice(0, 40)}@unnamed>`;
}

function answersOf({ inReplyTo, references }: ParsedMail): string[] {
  const nearest = messageIdsIn(inReplyTo ?? '');
  const others = [references ?? []].flat().flatMap(messageIdsIn).toReversed();
  return [...new Set([...nearest, ...others])].slice(0, most.answers);
}

/** The library gathers what begins with `list-` under one name. */
function isBulk({ headers, headerLines }: ParsedMail): boolean {
  const precedence = String(headers.get('precedence') ?? '');
  return headerLines.some(({ key }) => key === 'list-id' || key === 'list-unsubscribe') || /bulk|list|junk/i.test(precedence);
}

/** Pictures that belong to the text's layout, and signatures of mail programs, are no files that somebody sent. */
const isForPeople = ({ related, contentType }: Attachment): boolean =>
  !related && !/^(application\/(pgp-signature|(x-)?pkcs7-signature|ms-tnef)|text\/x-amp-html)/.test(contentType);

const fileOf = ({ filename, content }: Attachment) => ({ name: storable(filename ?? 'file').slice(0, 200), content });
