import { addressesIn, eachPart, headerOf, type MimePart, splitHeaders } from './mime-parts.ts';

/** RFC 5965 and RFC 6650: people who called a mail spam or asked their provider to be left alone. Reports on sign-ins and fraud blame nobody. */
const complaints = new Set(['abuse', 'fraud', 'other', 'opt-out', 'opt-out-list', 'complaint', 'virus', 'miscategorized']);

/** The recipients of a feedback report, one with null where the provider hides who it was; none when the mail is no complaint. */
export function feedbackOf(mail: MimePart): { recipient: string | null; diagnostic: string }[] {
  for (const part of eachPart(mail)) {
    if (part.type !== 'message/feedback-report') continue;
    const { headers } = splitHeaders(part.body.trimStart());
    const fields = { ...part, headers };
    const kind = headerOf(fields, 'feedback-type').toLowerCase();
    if (kind !== '' && !complaints.has(kind)) return [];
    const told = headers.filter(({ name }) => name === 'original-rcpt-to' || name === 'removal-recipient').flatMap(({ value }) => addressesIn(value));
    return named(told.length > 0 ? told : returnedTo(mail), kind || 'abuse');
  }
  return jmrp.test(headerOf(mail, 'subject')) && mail.parts.length > 0 ? named(returnedTo(mail), 'abuse') : [];
}

/** Microsoft's reports are no RFC 5965: the subject, and the mail itself. */
const jmrp = /^\s*complaint about message from /i;

const named = (recipients: readonly string[], diagnostic: string) =>
  recipients.length > 0 ? [...new Set(recipients)].map((recipient) => ({ recipient, diagnostic })) : [{ recipient: null, diagnostic }];

/** Whom the returned mail was for, unless that is hidden there too. */
function returnedTo(mail: MimePart): string[] {
  for (const part of eachPart(mail)) {
    if (part === mail || !['message/rfc822', 'text/rfc822-headers'].includes(part.type)) continue;
    const [inner] = part.parts;
    const addresses = inner ? addressesIn(headerOf(inner, 'to')) : [];
    return addresses.filter((address) => !/redact|undisclosed|hidden|removed/i.test(address));
  }
  return [];
}
