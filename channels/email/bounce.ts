import type { Bounce } from '#core/bounce.ts';
import { feedbackOf } from './bounce-feedback.ts';
import { enhancedCodeIn, kindOfBounce } from './bounce-kind.ts';
import { reportedRecipients } from './bounce-report.ts';
import { recipientsInText } from './bounce-text.ts';
import { isAutoReply, looksReturned } from './machine-mail.ts';
import { addressesIn, eachPart, headerOf, headersOf, type MimePart, messageIdsIn, readMime } from './mime-parts.ts';

/**
 * What a mail says about mails that we sent, one entry for each recipient; none for a mail that somebody wrote. Takes RFC 3464 reports, feedback
 * reports (RFC 5965), the plain texts of mail servers, and answers of programs (RFC 3834). Never throws.
 */
export function parseBounces(raw: Buffer): Bounce[] {
  const mail = readMime(raw.toString('latin1'));
  const about = { messageIds: messageIdsOf(mail), sentTo: sentToOf(mail) };
  const complaints = feedbackOf(mail);
  if (complaints.length > 0) return complaints.map((one) => ({ ...nothing, ...about, ...one, kind: 'complaint' }));
  const said = reportedRecipients(mail);
  const found = said.length > 0 || !looksReturned(mail) ? said : recipientsInText(mail);
  const bounces = found
    .filter((one) => !succeeded.has(one.action))
    .map(({ action, recipient, finalRecipient, status, diagnostic }) => {
      const kind = kindOfBounce({ action, status, diagnostic });
      return { ...about, kind, recipient, finalRecipient, status: status ?? enhancedCodeIn(diagnostic), diagnostic: diagnostic.slice(0, 500) };
    });
  if (found.length > 0) return bounces;
  if (isAutoReply(mail)) return [{ ...nothing, ...about, kind: 'auto_reply', recipient: addressesIn(headerOf(mail, 'from'))[0] ?? null }];
  return [];
}

const nothing = { recipient: null, finalRecipient: null, status: null, diagnostic: '' };
/** RFC 3464 2.3.3: these say that it went well. */
const succeeded = new Set(['delivered', 'relayed', 'expanded']);

/** Ids of the mails that a report returns, mentions or answers. */
function messageIdsOf(mail: MimePart): string[] {
  const ids = headersOf(mail, 'in-reply-to', 'references').flatMap(messageIdsIn);
  for (const part of eachPart(mail)) {
    if (part !== mail) ids.push(...headersOf(part, 'message-id').flatMap(messageIdsIn));
    // Servers that write plain text put the returned mail, or its headers, below it.
    for (const [, id = ''] of part.body.matchAll(/^[ \t>]*message-id:[ \t]*(<[^<>\s]{3,300}>)/gim)) ids.push(id);
  }
  return [...new Set(ids)].slice(0, 20);
}

function sentToOf(mail: MimePart): string[] {
  const values = headersOf(mail, 'to', 'delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'x-apparently-to');
  return [...new Set(values.flatMap(addressesIn))].slice(0, 20);
}
