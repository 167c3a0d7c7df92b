import { BlockList, isIP } from 'node:net';
import type { Names } from './names.ts';

/** What an SPF record lets through, gathered from it and from all that it includes. */
export type Spf = {
  networks: BlockList;
  /** Names that receivers have to look up; they stop after 10 (RFC 7208 4.6.4). */
  lookups: number;
  /** The term about everybody else, such as `-all`. */
  all: string | null;
  /** The first term that cannot be read. */
  invalid: string | null;
};

/** Enough to say by how much a record is over the limit, and an end to those that include each other. */
const mostWalked = 30;

export const isSpf = (record: string): boolean => /^v=spf1( |$)/i.test(record);

export async function walkSpf(record: string, domain: string, names: Names): Promise<Spf> {
  const spf: Spf = { networks: new BlockList(), lookups: 0, all: null, invalid: null };
  await walk(record, domain, names, spf);
  return spf;
}

/** Whether one of the addresses of a host is let through. */
export async function coversHost({ networks }: Spf, host: string, names: Names): Promise<boolean> {
  const addresses = isIP(host) ? [host] : await names.addresses(host);
  return addresses.some((address) => networks.check(address, familyOf(address)));
}

async function walk(record: string, domain: string, names: Names, spf: Spf): Promise<{ all: string | null }> {
  const found: { all: string | null } = { all: null };
  for (const term of record.split(/\s+/).slice(1).filter(Boolean)) {
    if (spf.lookups > mostWalked) return found;
    const [, qualifier = '', name = '', sign = '', value = ''] = /^([-+~?]?)([a-z][\w.-]*)(?:([:=/])(.*))?$/i.exec(term) ?? [];
    const kind = name.toLowerCase();
    if (kind === 'all') found.all = `${qualifier || '+'}all`;
    else if (kind === 'include' || kind === 'redirect') {
      const inside = await walkInto(value, names, spf);
      if (!inside) spf.invalid ??= term;
      else if (kind === 'redirect') found.all ??= inside.all;
    } else if (kind === 'ip4' || kind === 'ip6') {
      if (!addNetwork(spf.networks, value)) spf.invalid ??= term;
    } else if (kind === 'a' || kind === 'mx') {
      spf.lookups += 1;
      await addHosts({ kind, target: sign === ':' ? value.replace(/\/.*$/, '') : domain, length: /\/(\d+)/.exec(term)?.[1] }, names, spf);
    } else if (kind === 'exists' || kind === 'ptr') spf.lookups += 1;
    // Other words with = are modifiers, which whoever does not know them ignores (RFC 7208 6).
    else if (sign !== '=') spf.invalid ??= term;
  }
  if (record.startsWith('v=')) spf.all = found.all;
  return found;
}

/** The record of another domain; null when it has none. A name made of macros is different for each mail, and is only counted. */
async function walkInto(domain: string, names: Names, spf: Spf): Promise<{ all: string | null } | null> {
  spf.lookups += 1;
  if (domain.includes('%')) return { all: null };
  const inside = (await names.texts(domain)).find(isSpf);
  return inside ? walk(inside, domain, names, spf) : null;
}

async function addHosts(ask: { kind: 'a' | 'mx'; target: string; length: string | undefined }, names: Names, spf: Spf): Promise<void> {
  if (ask.target.includes('%')) return;
  const hosts = ask.kind === 'mx' ? await names.exchanges(ask.target) : [ask.target];
  for (const host of hosts) {
    for (const address of await names.addresses(host)) addNetwork(spf.networks, ask.length ? `${address}/${ask.length}` : address);
  }
}

function addNetwork(networks: BlockList, text: string): boolean {
  const [address = '', length] = text.split('/');
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  const bits = length === undefined ? most : Number(length);
  if (family === 0 || !Number.isInteger(bits) || bits < 0 || bits > most) return false;
  networks.addSubnet(address, bits, familyOf(address));
  return true;
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
