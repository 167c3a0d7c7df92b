import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { FindingCode, Topic } from '#core/domain-finding.ts';
import { type Entry, type NameServer, startNameServer } from '#lab/dns/name-server.ts';
import { createDomainCheck, type DomainAsk, type KeyToCheck } from './check-domain.ts';
import { dkimRecordOf, makeDkimKey } from './dkim.ts';

const domain = 'news.example.com';
let names: NameServer;
let check: ReturnType<typeof createDomainCheck>;
let key: KeyToCheck;
let published: string;
beforeAll(async () => {
  names = await startNameServer();
  check = createDomainCheck([names.address]);
  key = { id: 'k', ...(await makeDkimKey()) };
  published = dkimRecordOf({ domain, ...key }).value;
});
beforeEach(() => names.clear());
afterAll(() => names.close());

const relay = { host: 'smtp.provider.test', port: 25, security: 'none' } as const;
const codes = async (about: Topic, ask: Partial<DomainAsk> = {}) => {
  const { findings } = await check({ domain, keys: [], hosts: [], ...ask });
  return findings.filter((one) => one.about === about).map(({ code }) => code);
};
const under = (name: string, texts: string[]) => names.set(name, { TXT: texts });

test.each<[string, string[], FindingCode[]]>([
  ['none', ['google-site-verification=1'], ['spf_missing']],
  ['one for the server', ['v=spf1 ip4:192.0.2.0/24 -all'], ['spf_good']],
  ['one of a provider', ['v=spf1 include:_spf.provider.test ~all'], ['spf_good']],
  ['one that ends elsewhere', ['v=spf1 redirect=_spf.provider.test'], ['spf_good']],
  ['one for another server', ['v=spf1 ip4:198.51.100.1 ip6:2001:db8::/32 -all'], ['spf_other_server']],
  ['one without an end', ['v=spf1 a:smtp.provider.test'], ['spf_open_end']],
  ['one for everybody', ['v=spf1 mx +all'], ['spf_allows_all']],
  ['two', ['v=spf1 -all', 'v=spf1 a -all'], ['spf_several']],
  ['one with a slip', ['v=spf1 ipv4:192.0.2.1 -all'], ['spf_invalid']],
  ['one that includes nothing', ['v=spf1 include:nobody.test -all'], ['spf_invalid']],
  ['one that includes itself', ['v=spf1 include:news.example.com -all'], ['spf_too_many_lookups']],
  ['one of eleven lookups', [`v=spf1 ${'a:smtp.provider.test '.repeat(11)}-all`], ['spf_too_many_lookups']],
])('an SPF record: %s', async (_, texts, expected) => {
  under(domain, texts);
  under('_spf.provider.test', ['v=spf1 mx:provider.test -all']);
  names.set('provider.test', { MX: ['10 smtp.provider.test'] });
  names.set('smtp.provider.test', { A: ['192.0.2.7'] });
  expect(await codes('spf', { hosts: [relay] })).toEqual(expected);
});

test.each<[string, () => Entry | null, FindingCode]>([
  ['its own', () => ({ TXT: [published] }), 'dkim_good'],
  ['its own in another place', () => ({ CNAME: ['keys.provider.test'] }), 'dkim_good'],
  ['its own as a test', () => ({ TXT: [`${published}; t=y`] }), 'dkim_testing'],
  ['none', () => null, 'dkim_not_published'],
  ['an empty key', () => ({ TXT: ['v=DKIM1; p='] }), 'dkim_revoked'],
  ['another key', () => ({ TXT: ['v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ'] }), 'dkim_other_key'],
])('a DKIM record that holds %s', async (_, entry, expected) => {
  const { name } = dkimRecordOf({ domain, ...key });
  const there = entry();
  if (there) names.set(name, there);
  under('keys.provider.test', [published]);
  const report = await check({ domain, keys: [key], hosts: [] });
  const [finding] = report.findings.filter(({ about }) => about === 'dkim');
  expect(finding?.code).toBe(expected);
  expect(report.published).toEqual(finding?.is === 'bad' ? [] : ['k']);
  if (finding?.is === 'bad') expect(finding.publish).toEqual({ name, type: 'TXT', value: published });
});

test.each<[string, Record<string, string[]>, FindingCode]>([
  ['a policy', { '_dmarc.news.example.com': ['v=DMARC1; p=reject'] }, 'dmarc_good'],
  ['the policy of the domain above', { '_dmarc.example.com': ['v=DMARC1; p=none; sp=quarantine'] }, 'dmarc_good'],
  ['a policy that only watches', { '_dmarc.news.example.com': ['v=DMARC1; p=none'] }, 'dmarc_none'],
  ['no policy', {}, 'dmarc_missing'],
  ['two', { '_dmarc.news.example.com': ['v=DMARC1; p=none', 'v=DMARC1; p=reject'] }, 'dmarc_several'],
  ['one that says nothing', { '_dmarc.news.example.com': ['v=DMARC1; rua=mailto:a@example.com'] }, 'dmarc_invalid'],
])('DMARC: %s', async (_, records, expected) => {
  for (const [name, texts] of Object.entries(records)) under(name, texts);
  expect(await codes('dmarc')).toEqual([expected]);
});

test('a domain that takes no mail is told so', async () => {
  expect(await codes('mx')).toEqual(['mx_missing']);
  names.set(domain, { MX: ['0 .'], A: ['192.0.2.1'] });
  expect(await codes('mx')).toEqual(['mx_missing']);
  names.set(domain, { A: ['192.0.2.1'] });
  expect(await codes('mx')).toEqual(['mx_good']);
});

test('name servers that fail make nothing bad: it is unknown, and everything else is told', async () => {
  names.set(domain, 'fails');
  under('_dmarc.news.example.com', ['v=DMARC1; p=reject']);
  expect(await codes('spf')).toEqual(['dns_failed']);
  expect(await codes('mx')).toEqual(['dns_failed']);
  expect(await codes('dmarc')).toEqual(['dmarc_good']);
});
