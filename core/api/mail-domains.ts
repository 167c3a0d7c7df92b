import { z } from 'zod';
import { DomainFinding } from '#core/domain-finding.ts';
import { endpoint } from './endpoint.ts';
import { ById, Id, Instant, Nothing } from './fields.ts';

/** A domain as DNS knows it: in small letters, and in ASCII. */
const Domain = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+$/, 'is not a domain, such as example.org');
const ByDomain = z.strictObject({ domain: Domain });

/** What mails of a domain are signed with. The private half never leaves the installation. */
export const DkimKey = z.object({
  id: Id,
  selector: z.string(),
  /** The TXT record that lets receivers check the signatures. */
  record: z.object({ name: z.string(), value: z.string() }),
  /** Whether mails are signed with this one: the newest that was seen in DNS, else the newest. */
  isSigning: z.boolean(),
  publishedAt: Instant.nullable(),
  createdAt: Instant,
});
export const MailDomain = z.object({ domain: z.string(), accounts: z.array(z.string()), keys: z.array(DkimKey) });

export const mailDomains = {
  listMailDomains: endpoint({
    method: 'GET',
    path: '/mail-domains',
    summary: 'Domains that mail accounts send from, with the keys that sign their mails',
    allows: 'profiles:read',
    /** `publicUrl` null: mails cannot say where to unsubscribe, see PUBLIC_URL. */
    reply: z.object({ rows: z.array(MailDomain), publicUrl: z.string().nullable() }),
  }),
  checkMailDomain: endpoint({
    method: 'POST',
    path: '/mail-domains/:domain/check',
    summary: 'What DNS and the mail servers say of a sender’s domain now: SPF, DKIM, DMARC, MX, TLS, and what to change',
    allows: 'mail:write',
    params: ByDomain,
    reply: z.object({ domain: z.string(), checkedAt: Instant, findings: z.array(DomainFinding) }),
  }),
  addDkimKey: endpoint({
    method: 'POST',
    path: '/mail-domains/:domain/dkim-keys',
    summary: 'Make a key for the mails of a domain; an older one that is published signs until this one is',
    allows: 'mail:write',
    params: ByDomain,
    status: 201,
    reply: DkimKey,
  }),
  removeDkimKey: endpoint({
    method: 'DELETE',
    path: '/dkim-keys/:id',
    summary: 'Remove a key; mails are signed with the next one, or not at all',
    allows: 'mail:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
};
