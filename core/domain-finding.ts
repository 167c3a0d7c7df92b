import { z } from 'zod';

/**
 * Everything that a look at a sender's domain can say: code → how bad it is, and the sentence a person reads. `{…}` are filled from the values of
 * the finding; the dashboard has the same sentences in its languages.
 */
const findings = {
  spf_good: { is: 'good', sentence: 'SPF names the servers that may send for {domain}.' },
  spf_missing: { is: 'bad', sentence: 'There is no SPF record. Publish one that includes what your mail provider names.' },
  spf_several: { is: 'bad', sentence: 'There are {count} SPF records, which receivers take as none. Merge them into one.' },
  spf_invalid: { is: 'bad', sentence: 'The SPF record cannot be read at “{term}”. Correct or remove that part.' },
  spf_too_many_lookups: {
    is: 'bad',
    sentence: 'The SPF record takes {count} lookups, and receivers stop after 10. Remove includes that are not needed.',
  },
  spf_allows_all: { is: 'bad', sentence: 'The SPF record lets everybody send (“{term}”). End it with -all or ~all.' },
  spf_open_end: { is: 'warning', sentence: 'The SPF record does not say what to do with other servers. End it with -all or ~all.' },
  spf_other_server: { is: 'warning', sentence: 'The SPF record does not name {host}. If mails leave from there, add what your provider names.' },
  dkim_good: { is: 'good', sentence: 'Mails are signed with {selector}, and its record is published.' },
  dkim_no_key: { is: 'bad', sentence: 'Mails are not signed here. Make a key, unless the mail server signs by itself.' },
  dkim_not_published: { is: 'bad', sentence: 'The record of the key {selector} is not published. Add it to the DNS of {domain}.' },
  dkim_other_key: { is: 'bad', sentence: 'The record at {name} holds another key. Replace it with the one shown here.' },
  dkim_revoked: { is: 'bad', sentence: 'The record at {name} is empty, which revokes the key. Replace it with the one shown here.' },
  dkim_testing: { is: 'warning', sentence: 'The record at {name} says t=y: receivers treat the signature as a test. Take t=y away.' },
  dmarc_good: { is: 'good', sentence: 'DMARC is published with the policy {policy}.' },
  dmarc_missing: {
    is: 'bad',
    sentence: 'There is no DMARC record, which large receivers demand. Begin with p=none and the address that reports go to.',
  },
  dmarc_several: { is: 'bad', sentence: 'There are {count} DMARC records, which receivers take as none. Leave one.' },
  dmarc_invalid: { is: 'bad', sentence: 'The DMARC record names no policy. It has to begin with v=DMARC1; p=none, quarantine or reject.' },
  dmarc_none: { is: 'warning', sentence: 'DMARC only watches (p=none). Once all of your mails pass, change it to quarantine or reject.' },
  mx_good: { is: 'good', sentence: '{domain} takes mail, so answers and bounces arrive.' },
  mx_missing: {
    is: 'bad',
    sentence: '{domain} takes no mail: answers and bounces are lost, and many receivers refuse such senders. Publish an MX record.',
  },
  tls_good: { is: 'good', sentence: '{host} encrypts, and its certificate is valid.' },
  tls_plain: { is: 'warning', sentence: '{host} is reached without encryption, which only this machine may be.' },
  tls_certificate: { is: 'bad', sentence: '{host}: {why}' },
  tls_unreachable: { is: 'bad', sentence: '{host}: {why}' },
  dns_failed: { is: 'unknown', sentence: 'The name servers gave no answer about {name}: try again later, or check DNS_SERVERS.' },
} as const satisfies Record<string, { is: 'good' | 'warning' | 'bad' | 'unknown'; sentence: string }>;

export type FindingCode = keyof typeof findings;
export const findingCodes = Object.keys(findings) as FindingCode[]; // Object.keys forgets which words they are.

const Topic = z.enum(['spf', 'dkim', 'dmarc', 'mx', 'tls']);
export type Topic = z.output<typeof Topic>;
export const DomainFinding = z.object({
  about: Topic,
  code: z.enum(findingCodes),
  is: z.enum(['good', 'warning', 'bad', 'unknown']),
  sentence: z.string(),
  values: z.record(z.string(), z.string()),
  /** What stands there now. */
  found: z.string().nullable(),
  /** What should stand there. */
  publish: z.object({ name: z.string(), type: z.literal('TXT'), value: z.string() }).nullable(),
});
export type DomainFinding = z.output<typeof DomainFinding>;

type Details = { values?: Record<string, string>; found?: string | null; publish?: { name: string; value: string } };

export function findingOf(about: Topic, code: FindingCode, { values = {}, found = null, publish }: Details = {}): DomainFinding {
  const { is, sentence } = findings[code];
  const filled = sentence.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
  return { about, code, is, sentence: filled, values, found, publish: publish ? { ...publish, type: 'TXT' } : null };
}
