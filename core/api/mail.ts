import { z } from 'zod';
import { Ceilings } from '#core/policy.ts';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Id, Instant, Name, Nothing } from './fields.ts';

export const MailAccount = z.object({
  id: Id,
  name: z.string(),
  useCatcher: z.boolean(),
  host: z.string(),
  port: z.number(),
  security: z.enum(['tls', 'starttls', 'none']),
  username: z.string().nullable(),
  hasPassword: z.boolean(),
  fromName: z.string(),
  fromAddress: z.string(),
  bounceAddress: z.string().nullable(),
  pool: z.number(),
  ceilings: Ceilings,
  /** Whether its mailbox is read, what hinders that, and how many mails of the last day were refused for what we send or whence. */
  incoming: z.object({ isRead: z.boolean(), error: z.string().nullable(), policyRefusals: z.number() }),
  createdAt: Instant,
  updatedAt: Instant,
});
/** A local part has 64 characters at most (RFC 5321 4.5.3.1.1), and the name of a delivery takes 35 of them. */
export const mostBounceLocal = 29;
const plain = (text: string) => !/[\r\n\0]/.test(text);
export const Fields = z.strictObject({
  name: Name,
  /**
   * On: every mail of the account (campaigns, replies, test mails) goes to the catcher at MAILCATCHER_URL, without its password, whatever `host` says;
   * workers take a change up within five seconds. A catcher of its own is kept: `host` is this machine, `security` is `none`, there is no
   * `username`, and `port` is none of 25, 465 and 587, where servers pass mail on.
   */
  useCatcher: z.boolean().default(false),
  host: z.string().trim().min(1).max(253),
  port: z.coerce.number().int().min(1).max(65_535),
  /** `tls` is port 465, `starttls` port 587; `none` is accepted for this machine only. */
  security: z.enum(['tls', 'starttls', 'none']),
  username: z.string().max(320).nullable().optional(),
  password: z.string().max(500).nullable().optional(),
  fromName: z.string().max(120).refine(plain, 'may not hold line breaks').default(''),
  fromAddress: z.email().max(254),
  /**
   * Where bounces go, as `bounces+TOKEN@example.org`: an envelope of its own for each delivery. Its mailbox has to take addresses with a plus. Null: they
   * go to `fromAddress`.
   */
  bounceAddress: z
    .email()
    .max(254)
    .refine((address) => address.lastIndexOf('@') <= mostBounceLocal, `may have ${mostBounceLocal} characters before the @`)
    .nullable()
    .default(null),
  pool: z.number().int().min(1).max(20).default(5),
  ceilings: Ceilings.default({}),
});

export const mail = {
  listMailAccounts: endpoint({
    method: 'GET',
    path: '/mail-accounts',
    summary: 'Mail accounts',
    allows: 'profiles:read',
    reply: z.object({ rows: z.array(MailAccount) }),
  }),
  addMailAccount: endpoint({
    method: 'POST',
    path: '/mail-accounts',
    summary: 'Add a mail account',
    allows: 'mail:write',
    body: Fields,
    status: 201,
    reply: MailAccount,
  }),
  readMailAccount: endpoint({
    method: 'GET',
    path: '/mail-accounts/:id',
    summary: 'One mail account',
    allows: 'profiles:read',
    params: ById,
    reply: MailAccount,
  }),
  changeMailAccount: endpoint({
    method: 'PATCH',
    path: '/mail-accounts/:id',
    summary: 'Change a mail account',
    allows: 'mail:write',
    params: ById,
    body: changesOf(Fields),
    reply: MailAccount,
  }),
  removeMailAccount: endpoint({
    method: 'DELETE',
    path: '/mail-accounts/:id',
    summary: 'Remove a mail account',
    allows: 'mail:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  sendTestMail: endpoint({
    method: 'POST',
    path: '/test-email',
    summary: 'Send one mail at once and say what the server answered',
    allows: 'mail:write',
    body: z.strictObject({
      accountId: Id.optional(),
      to: z.email().max(254),
      subject: z.string().max(200).refine(plain, 'may not hold line breaks').default('A test from Patchbay'),
      text: z.string().max(10_000).default('This mail shows that the account can send.'),
    }),
    reply: z.object({ messageId: z.string(), response: z.string(), accepted: z.array(z.string()) }),
  }),
};
