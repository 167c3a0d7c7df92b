import { enhancedCodeIn } from './bounce-kind.ts';
import { decodeWords } from './machine-mail.ts';
import { addressesIn, eachPart, headerOf, type MimePart } from './mime-parts.ts';

/** One recipient as a mail speaks of it; where a report says nothing of why, the diagnostic is what the text for people says. */
export type Reported = { action: string; recipient: string; finalRecipient: string | null; status: string | null; diagnostic: string };

/** Texts of servers are short, and no expression below may meet a line that somebody has made long. */
const mostLetters = 100_000;

/** The text for people, without the mail that it returns. */
export function humanText(mail: MimePart): string {
  const texts: string[] = [];
  const walk = (part: MimePart) => {
    if (part.type === 'message/rfc822' || part.type === 'text/rfc822-headers') return;
    if (part.type === 'text/plain') texts.push(part.body);
    else if (part.type === 'text/html' && texts.length === 0) texts.push(plainOf(part.body));
    for (const inner of part.parts) walk(inner);
  };
  walk(mail);
  const text = texts.join('\n').trim();
  const all = text || [...eachPart(mail)].map((part) => part.body).join('\n');
  return beforeCopy(all.slice(0, mostLetters).replaceAll(/(.{1000}).+/g, '$1'));
}

const plainOf = (html: string): string =>
  html
    .replaceAll(/<(br|\/p|\/div|\/tr|\/h\d|\/li)\b[^>]*>/gi, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&amp;', '&');

const copyMark =
  /^[ \t]*(?:-{2,40}[^\n]{0,120}(?:copy|original|below this line|returned|unsent|forward|(?<!session )follows|undelivered|start of)|_{10,}|received: |return-path: |[^\n]{0,200}(?:original message (?:headers )?(?:follows|:)|copy of (?:the|your) (?:message|mail|original)|original message headers:|below is a copy|message headers? follow|headers of the (?:undelivered|original)))/im;

function beforeCopy(text: string): string {
  const at = text.search(copyMark);
  // Some put the copy first; then all of it is looked at.
  return at > 20 ? text.slice(0, at) : text;
}

/** Recipients that a mail server names in its text, each with what is said of it; none where it does not speak of a failure. */
export function recipientsInText(mail: MimePart): Reported[] {
  const text = humanText(mail);
  const subject = decodeWords(headerOf(mail, 'subject'));
  const failed = addressesIn(headerOf(mail, 'x-failed-recipients'));
  if (failed.length === 0 && !failure.test(`${subject}\n${text}`)) return [];
  const named = failed.length > 0 ? failed : namedIn(mail, text);
  const action = isDelay(subject, text) ? 'delayed' : 'failed';
  return named.map((recipient) => {
    const diagnostic = textAbout(text, recipient, named);
    return { action, recipient, finalRecipient: null, status: enhancedCodeIn(diagnostic), diagnostic };
  });
}

const failure =
  /un(able to |)deliver|not (be |been )?(deliver|reach|sent)|deliver\w{0,8} (has |have |is )?(fail|error|delay|problem|errors)|fail\w{0,4}( to)? (deliver|reach|recipient|notice|permanent)|returned mail|error|delay|unknown|permanent|rejected|no such|mailbox|unzustellbar/i;

const isDelay = (subject: string, text: string): boolean =>
  /delay|warning: (message|could)|still (being )?(trying|attempt)/i.test(subject) ||
  /no action is required|not need to resend|will (continue|keep) (to try|trying)|will be retried|this is a warning message only|temporary failure report|delivery (has been|is) delayed/i.test(
    text,
  );

/** Lines that begin with an address; else addresses that are not our own; else whom the returned mail was for. */
function namedIn(mail: MimePart, text: string): string[] {
  const own = new Set([...addressesIn(headerOf(mail, 'to')), ...addressesIn(headerOf(mail, 'from'))].map((address) => address.toLowerCase()));
  const foreign = (addresses: readonly string[]) => [...new Set(addresses)].filter((address) => !own.has(address.toLowerCase())).slice(0, 50);
  const leading = foreign(leadingIn(text));
  if (leading.length > 0) return leading;
  const anywhere = foreign(
    text
      .split('\n')
      .filter((line) => !/^[ \t]*(message-id|from|sender|reply-to|subject|mail from)\b/i.test(line))
      .flatMap(addressesIn),
  );
  if (anywhere.length > 0) return anywhere.slice(0, 1);
  // Somebody who wrote to themselves.
  return [...foreign(returnedTo(mail)), ...leadingIn(text)].slice(0, 1);
}

const leadingIn = (text: string): string[] => text.split('\n').flatMap((line) => addressesIn(leadingAddress.exec(line)?.[1] ?? ''));

const leadingAddress =
  /^[ \t*>-]{0,12}(?:(?:failed |final-|original-)?(?:recipient|address)(?: address)?[ \t]*:[ \t]*(?:rfc822;)?[ \t]*)?[<(["']?([^\s<>()[\]"',;:]+@[^\s<>()[\]"',;:]+)[>)\]"']?(?=[\s:;,.(<[]|$)/i;

/** Whom a returned mail was for, as its headers say: those of the part that holds it, or of what stands below the text. */
function returnedTo(mail: MimePart): string[] {
  for (const part of eachPart(mail)) {
    const addresses = part === mail ? [] : addressesIn(headerOf(part, 'to'));
    if (addresses.length > 0) return addresses;
  }
  return [...mail.body.matchAll(/^[ \t>]*to:(.*)$/gim)].flatMap(([, value = '']) => addressesIn(value));
}

/** What a text says of one recipient: from the line that names it up to the next recipient. All of it where it names none. */
export function textAbout(text: string, recipient: string, others: readonly string[] = []): string {
  const at = text.toLowerCase().indexOf(recipient.toLowerCase());
  if (at < 0) return squeeze(text);
  const rest = text.slice(at + recipient.length);
  const ends = others
    .filter((other) => other !== recipient)
    .map((other) => rest.toLowerCase().indexOf(other.toLowerCase()))
    .filter((end) => end >= 0);
  const own = squeeze(rest.slice(0, Math.min(rest.length, ...ends)).replace(/^[>)\]]*[ \t]*:?/, ''));
  return own || squeeze(text);
}

const squeeze = (text: string): string => text.replaceAll(/\s+/g, ' ').trim().slice(0, 2000);
