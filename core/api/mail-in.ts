import { z } from 'zod';
import { BounceKind, BounceSource, MailProvider } from '#core/bounce.ts';
import { endpoint } from './endpoint.ts';
import { ById, Id, Instant, Nothing, Page, pageOf } from './fields.ts';

const plain = (text: string) => !/[\r\n\0]/.test(text);

const MailBox = z.object({
  host: z.string(),
  port: z.number(),
  security: z.enum(['tls', 'starttls', 'none']),
  username: z.string(),
  folder: z.string(),
  /** When it was read to its end; null before the first time. */
  readAt: Instant.nullable(),
  error: z.string().nullable(),
  errorAt: Instant.nullable(),
});
const MailIn = z.object({
  box: MailBox.nullable(),
  /** `path` is where the provider brings its events; a part of it is the account's own. */
  providers: z.array(z.object({ provider: MailProvider, path: z.string(), isOn: z.boolean(), toldAt: Instant.nullable() })),
  softBounces: z.number(),
  softBounceDays: z.number(),
});
const BoxFields = z.strictObject({
  host: z.string().trim().min(1).max(253),
  port: z.coerce.number().int().min(1).max(65_535),
  /** `tls` is port 993, `starttls` port 143; `none` is accepted for this machine only. */
  security: z.enum(['tls', 'starttls', 'none']),
  username: z.string().min(1).max(320).refine(plain, 'may not hold line breaks'),
  /** Left out, the stored one stays. */
  password: z.string().min(1).max(500).optional(),
  folder: z.string().trim().min(1).max(200).refine(plain, 'may not hold line breaks').default('INBOX'),
});

const Bounce = z.object({
  id: Id,
  accountId: Id,
  source: BounceSource,
  kind: BounceKind,
  /** Null: it is about no mail of this account. */
  deliveryId: Id.nullable(),
  contactId: Id.nullable(),
  recipient: z.string().nullable(),
  status: z.string().nullable(),
  diagnostic: z.string(),
  at: Instant,
});

export const mailIn = {
  readMailIn: endpoint({
    method: 'GET',
    path: '/mail-accounts/:id/incoming',
    summary: 'How replies and bounces of a mail account come in',
    allows: 'mail:write',
    params: ById,
    reply: MailIn,
  }),
  changeMailIn: endpoint({
    method: 'PATCH',
    path: '/mail-accounts/:id/incoming',
    summary: 'How many soft bounces, within how many days, stop mails to a person; 0 never does',
    allows: 'mail:write',
    params: ById,
    body: z.strictObject({ softBounces: z.number().int().min(0).max(100).optional(), softBounceDays: z.number().int().min(1).max(365).optional() }),
    reply: MailIn,
  }),
  setMailBox: endpoint({
    method: 'PUT',
    path: '/mail-accounts/:id/box',
    summary: 'The mailbox (IMAP) that replies and bounces are read from',
    allows: 'mail:write',
    params: ById,
    body: BoxFields,
    reply: MailIn,
  }),
  testMailBox: endpoint({
    method: 'POST',
    path: '/mail-accounts/:id/box/test',
    summary: 'Open a mailbox once, without reading or keeping anything',
    allows: 'mail:write',
    params: ById,
    body: BoxFields,
    reply: z.object({ mails: z.number(), folders: z.array(z.string()) }),
  }),
  removeMailBox: endpoint({
    method: 'DELETE',
    path: '/mail-accounts/:id/box',
    summary: 'Read the mailbox no longer',
    allows: 'mail:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  setMailProvider: endpoint({
    method: 'PUT',
    path: '/mail-accounts/:id/providers',
    summary: 'Take events of a provider, or, with null as secret, no longer',
    allows: 'mail:write',
    params: ById,
    body: z.strictObject({
      provider: MailProvider,
      /**
       * ses: the topic of Amazon SNS (arn:…). sendgrid: the verification key. mailgun: the webhook signing key. postmark, generic: a secret of
       * yours, which goes into their address or signs.
       */
      secret: z.string().trim().min(8).max(2000).refine(plain, 'may not hold line breaks').nullable(),
    }),
    reply: MailIn,
  }),
  listBounces: endpoint({
    method: 'GET',
    path: '/bounces',
    summary: 'What came back, newest first',
    allows: 'campaigns:read',
    query: Page.extend({ accountId: Id.optional(), contactId: Id.optional(), deliveryId: Id.optional(), kind: BounceKind.optional() }),
    reply: pageOf(Bounce),
  }),
};
