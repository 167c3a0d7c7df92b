import { type DomainFinding, findingOf, type Topic } from '#core/domain-finding.ts';
import { asFailure } from '#core/failure.ts';
import { dkimRecordOf, isSameKey } from './dkim.ts';
import { createNames, LookupFailed, type Names } from './names.ts';
import { isThisMachine, type MailSettings } from './settings.ts';
import { coversHost, isSpf, walkSpf } from './spf.ts';
import { openTransport } from './transport.ts';

export type KeyToCheck = { id: string; selector: string; publicKey: string };
export type MailHost = Pick<MailSettings, 'host' | 'port' | 'security'>;
export type DomainAsk = { domain: string; keys: readonly KeyToCheck[]; hosts: readonly MailHost[] };
/** `published`: keys whose record stands in DNS. */
export type DomainReport = { findings: DomainFinding[]; published: string[] };

/**
 * Looks at all that receivers of a domain's mails look at. What cannot be looked up says so, and the rest is looked at all the same.
 * `nameServers` null: those of this machine.
 */
export function createDomainCheck(nameServers: readonly string[] | null): (ask: DomainAsk) => Promise<DomainReport> {
  const names = createNames(nameServers);
  return async (ask) => {
    const published: string[] = [];
    const topics: [Topic, () => Promise<DomainFinding[]>][] = [
      ['spf', () => checkSpf(ask, names)],
      ['dkim', () => checkDkim(ask, names, published)],
      ['dmarc', () => checkDmarc(ask.domain, names)],
      ['mx', () => checkExchanges(ask.domain, names)],
      ['tls', () => Promise.all(ask.hosts.map(checkTls))],
    ];
    const findings = await Promise.all(topics.map(([about, look]) => look().catch((error: unknown) => [unanswered(about, error)])));
    return { findings: findings.flat(), published };
  };
}

function unanswered(about: Topic, error: unknown): DomainFinding {
  if (!(error instanceof LookupFailed)) throw error;
  return findingOf(about, 'dns_failed', { values: { name: error.lookedUp } });
}

async function checkSpf({ domain, hosts }: DomainAsk, names: Names): Promise<DomainFinding[]> {
  const records = (await names.texts(domain)).filter(isSpf);
  const [record] = records;
  if (!record) return [findingOf('spf', 'spf_missing')];
  if (records.length > 1) return [findingOf('spf', 'spf_several', { values: { count: String(records.length) }, found: records.join('\n') })];
  const spf = await walkSpf(record, domain, names);
  if (spf.invalid) return [findingOf('spf', 'spf_invalid', { values: { term: spf.invalid }, found: record })];
  if (spf.lookups > 10) return [findingOf('spf', 'spf_too_many_lookups', { values: { count: String(spf.lookups) }, found: record })];
  if (spf.all === '+all' || spf.all === '?all') return [findingOf('spf', 'spf_allows_all', { values: { term: spf.all }, found: record })];
  const away = [...new Set(hosts.map(({ host }) => host))].filter((host) => !isThisMachine(host));
  const covered = await Promise.all(away.map((host) => coversHost(spf, host, names)));
  const others = away.filter((_, at) => !covered[at]).map((host) => findingOf('spf', 'spf_other_server', { values: { host }, found: record }));
  const end = spf.all === null ? [findingOf('spf', 'spf_open_end', { found: record })] : [];
  return others.length + end.length > 0 ? [...end, ...others] : [findingOf('spf', 'spf_good', { values: { domain }, found: record })];
}

/** The key that signs is looked at, and newer ones that wait for their record. */
async function checkDkim({ domain, keys }: DomainAsk, names: Names, published: string[]): Promise<DomainFinding[]> {
  if (keys.length === 0) return [findingOf('dkim', 'dkim_no_key')];
  return Promise.all(
    keys.map(async ({ id, selector, publicKey }) => {
      const publish = dkimRecordOf({ domain, selector, publicKey });
      const [found = null] = await names.texts(publish.name);
      const tags = tagsOf(found ?? '');
      const details = { values: { domain, selector, name: publish.name }, found, publish };
      if (found === null || tags.p === undefined) return findingOf('dkim', 'dkim_not_published', details);
      if (tags.p === '') return findingOf('dkim', 'dkim_revoked', details);
      if (!isSameKey(tags.p, publicKey)) return findingOf('dkim', 'dkim_other_key', details);
      published.push(id);
      const isTest = (tags.t ?? '').split(':').includes('y');
      return findingOf('dkim', isTest ? 'dkim_testing' : 'dkim_good', { values: details.values, found });
    }),
  );
}

/** The domain's own policy or that of the next one above it that has one (RFC 9989's walk up the tree). */
async function checkDmarc(domain: string, names: Names): Promise<DomainFinding[]> {
  const publish = { name: `_dmarc.${domain}`, value: `v=DMARC1; p=none; rua=mailto:dmarc@${domain}` };
  const labels = domain.split('.');
  for (let at = 0; at < labels.length - 1; at += 1) {
    const records = (await names.texts(`_dmarc.${labels.slice(at).join('.')}`)).filter((text) => /^v=DMARC1\b/i.test(text));
    const [record] = records;
    if (!record) continue;
    if (records.length > 1) return [findingOf('dmarc', 'dmarc_several', { values: { count: String(records.length) }, found: records.join('\n') })];
    const { p, sp } = tagsOf(record);
    const policy = (at > 0 ? (sp ?? p) : p)?.toLowerCase() ?? '';
    if (!['none', 'quarantine', 'reject'].includes(policy)) return [findingOf('dmarc', 'dmarc_invalid', { found: record, publish })];
    return [findingOf('dmarc', policy === 'none' ? 'dmarc_none' : 'dmarc_good', { values: { policy }, found: record })];
  }
  return [findingOf('dmarc', 'dmarc_missing', { publish })];
}

async function checkExchanges(domain: string, names: Names): Promise<DomainFinding[]> {
  const exchanges = await names.exchanges(domain);
  // A lone empty name says that the domain takes no mail (RFC 7505); without any, its address is asked (RFC 5321 5.1).
  const takes = exchanges.some((exchange) => exchange !== '') || (exchanges.length === 0 && (await names.addresses(domain)).length > 0);
  return [findingOf('mx', takes ? 'mx_good' : 'mx_missing', { values: { domain }, found: exchanges.filter(Boolean).join(', ') || null })];
}

/** Connects as a mail would, and goes before it signs in. */
async function checkTls({ host, port, security }: MailHost): Promise<DomainFinding> {
  const values = { host: `${host}:${port}` };
  if (security === 'none') return findingOf('tls', 'tls_plain', { values });
  const transport = openTransport({ host, port, security, username: null, password: null, fromName: '', fromAddress: '', pool: 1 });
  try {
    await transport.verify();
    return findingOf('tls', 'tls_good', { values });
  } catch (error) {
    const { code, message } = asFailure(error);
    return findingOf('tls', code === 'mail_certificate' ? 'tls_certificate' : 'tls_unreachable', { values: { ...values, why: message } });
  } finally {
    transport.close();
  }
}

/** `v=DKIM1; p=…` by tag; white space inside a value means nothing (RFC 6376 3.2). */
function tagsOf(record: string): Record<string, string | undefined> {
  const pairs = record.split(';').flatMap((part) => {
    const [, name, value = ''] = /^\s*(\w+)\s*=(.*)$/s.exec(part) ?? [];
    return name ? [[name.toLowerCase(), value.replaceAll(/\s/g, '')] as const] : [];
  });
  return Object.fromEntries(pairs);
}
