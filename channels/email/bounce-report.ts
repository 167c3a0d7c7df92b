import { humanText, type Reported, textAbout } from './bounce-text.ts';
import { looksReturned } from './machine-mail.ts';
import { addressesIn, headerOf, type MimePart, splitHeaders } from './mime-parts.ts';

/**
 * Recipients of every RFC 3464 report in a mail: also of one inside another report, when a relay has wrapped it once more. A report that
 * somebody forwards as an attachment is not one to us.
 */
export function reportedRecipients(mail: MimePart): Reported[] {
  const isReport = mail.type === 'multipart/report' || looksReturned(mail);
  const bodies = [...reportsIn(mail, { inside: isReport })].map((part) => part.body);
  // A mail whose parts nobody can tell apart any more.
  if (bodies.length === 0 && isReport && /^final-recipient:/im.test(mail.body)) bodies.push(mail.body);
  if (bodies.length === 0) return [];
  const text = humanText(mail);
  const groups = bodies.flatMap(groupsOf);
  const others = groups.flatMap((fields) => addressesOf(fields).recipient ?? []);
  return groups.flatMap((fields) => readGroup(fields, text, others));
}

function* reportsIn(part: MimePart, { inside }: { inside: boolean }): Generator<MimePart> {
  if (part.type === 'message/delivery-status' || part.type === 'message/global-delivery-status') yield part;
  if (part.type === 'message/rfc822' && !inside) return;
  for (const inner of part.parts) yield* reportsIn(inner, { inside });
}

/** Groups of fields with an empty line between them; the first is about the whole report, but some programs leave the line out. */
function groupsOf(body: string): MimePart[] {
  return body
    .split(/\n[ \t]*\n/)
    .map((text) => ({ headers: splitHeaders(text.replace(/^\n+/, '')).headers, type: '', parameters: {}, body: '', parts: [] }));
}

function addressesOf(fields: MimePart): { recipient: string | null; final: string | null } {
  const final = recipientIn(headerOf(fields, 'final-recipient')) ?? recipientIn(headerOf(fields, 'x-actual-recipient'));
  return { recipient: recipientIn(headerOf(fields, 'original-recipient')) ?? final, final };
}

function readGroup(fields: MimePart, text: string, others: readonly string[]): Reported[] {
  const { recipient, final } = addressesOf(fields);
  const action = /^[a-z]+/.exec(headerOf(fields, 'action').toLowerCase())?.[0] ?? '';
  const status = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(headerOf(fields, 'status'))?.[0] ?? null;
  if (!recipient || (action === '' && status === null)) return [];
  const own = headerOf(fields, 'diagnostic-code').replace(/^[\w-]+[ \t]*;[ \t]*/, '');
  const diagnostic = /[a-z]{3}/i.test(own) ? own : textAbout(text, recipient, others);
  return [
    { action: status?.startsWith('2.') ? 'delivered' : action, recipient, finalRecipient: final === recipient ? null : final, status, diagnostic },
  ];
}

/** `rfc822; <ann@example.org>`: the kind of address, and the address in whatever form. */
function recipientIn(value: string): string | null {
  const address = value.replace(/^[\w-]+[ \t]*;/, '').trim();
  return addressesIn(address)[0] ?? null;
}
