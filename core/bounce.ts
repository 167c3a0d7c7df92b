import { z } from 'zod';

/**
 * What a mail server, a mailbox provider or a program says of a mail that we sent. `hard`: nobody is there. `soft`: not now, and it has given up.
 * `delayed`: it is still trying. `policy`: our content, address or domain was refused, which says nothing about the recipient. `complaint`: the
 * recipient called it spam. `auto_reply`: a program has answered for them.
 */
export const BounceKind = z.enum(['hard', 'soft', 'delayed', 'policy', 'complaint', 'auto_reply']);
export type BounceKind = z.output<typeof BounceKind>;

/** Services that send mail for an account and tell what became of it. `generic` is for any other: docs/mail-in.md says what to send. */
export const MailProvider = z.enum(['ses', 'sendgrid', 'postmark', 'mailgun', 'generic']);
export type MailProvider = z.output<typeof MailProvider>;

/** Who told of it. */
export const BounceSource = z.enum(['mailbox', ...MailProvider.options]);
export type BounceSource = z.output<typeof BounceSource>;

/** One recipient of a report. */
export type Bounce = {
  kind: BounceKind;
  /** Whom the mail was sent to; null where the report hides it. */
  recipient: string | null;
  /** Where the mail had been passed on to when it failed, if that is another address. */
  finalRecipient: string | null;
  /** RFC 3463, such as 5.1.1; null where the report has none. */
  status: string | null;
  /** What the server said, as far as a person needs it. */
  diagnostic: string;
  /** Ids in angle brackets of the mails that it may be about. */
  messageIds: string[];
  /** Addresses that the report itself was sent to: one of them may be the envelope address of the mail. */
  sentTo: string[];
};
