import { z } from 'zod';
import { Failure } from '#core/failure.ts';

const defaultPorts: Record<string, string> = { http: '80', https: '443', socks5: '1080', socks5h: '1080' };

/** `url` is what connects: credentials percent-encoded, port explicit, socks5 turned into socks5h. `shown` has no credentials and may be printed. */
export type ProxyAddress = { kind: 'http' | 'https' | 'socks5h'; host: string; port: number; url: string; shown: string };

/**
 * A proxy address as people type it: `http`, `https`, `socks5` or `socks5h`, with or without user and password.
 * socks5 becomes socks5h because proxy-chain resolves the names of plain-HTTP pages on this machine for socks5 (measured, a leak).
 */
export const ProxyUrl = z
  .string()
  .trim()
  .min(1, 'Enter the address of the proxy, for example socks5://user:password@host:1080.')
  .transform((text, context): ProxyAddress => {
    const read = readProxy(text);
    if (typeof read !== 'string') return read;
    context.addIssue({ code: 'custom', message: read, input: '' });
    return z.NEVER;
  });

/** The parts of a proxy address; throws `invalid_input` that says what to change and never repeats the credentials. */
export function parseProxyUrl(text: string): ProxyAddress {
  const read = ProxyUrl.safeParse(text);
  if (read.success) return read.data;
  const sentence = read.error.issues[0]?.message ?? 'The address of the proxy cannot be read.';
  throw new Failure('invalid_input', sentence, { fields: { proxy: sentence } });
}

/** One address from its stored parts, ready for `ProfileProxy.url`. */
export function buildProxyUrl(parts: { kind: string; host: string; port: number; username?: string | null; password?: string | null }): string {
  const user = parts.username || parts.password ? `${encodeURIComponent(parts.username ?? '')}:${encodeURIComponent(parts.password ?? '')}@` : '';
  // A bare IPv6 address needs its brackets back before a port can follow.
  const host = parts.host.includes(':') && !parts.host.startsWith('[') ? `[${parts.host}]` : parts.host;
  return parseProxyUrl(`${parts.kind}://${user}${host}:${parts.port}`).url;
}

/** The address without user and password, safe for logs and screens. */
export function describeProxy(text: string): string {
  const read = ProxyUrl.safeParse(text);
  return read.success ? read.data.shown : '(unreadable proxy address)';
}

function readProxy(text: string): ProxyAddress | string {
  const scheme = /^([a-z0-9]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (!scheme) return 'Begin with http://, https://, socks5:// or socks5h://.';
  const defaultPort = defaultPorts[scheme];
  if (!defaultPort) return `Proxies of the kind ${scheme} are not supported. Use http, https, socks5 or socks5h.`;
  if (/[/?#]/.test(text.slice(scheme.length + 3).replace(/\/$/, ''))) {
    return 'After the port nothing may follow. Percent-encode the signs / ? # in a password: %2F %3F %23.';
  }
  const parsed = URL.parse(text);
  if (!parsed?.hostname) return 'The host or the port of the proxy cannot be read.';
  if (parsed.port === '0') return 'The port of the proxy must be between 1 and 65535.';
  if (!canDecode(parsed.username) || !canDecode(parsed.password)) return 'Percent-encode the sign % in the user name or password: %25.';
  const kind = scheme === 'http' || scheme === 'https' ? scheme : 'socks5h';
  const port = parsed.port || defaultPort;
  const address = `${parsed.hostname}:${port}`;
  const user = parsed.username || parsed.password ? `${encoded(parsed.username)}:${encoded(parsed.password)}@` : '';
  const shown = `${kind}://${user ? '***@' : ''}${address}`;
  return { kind, host: parsed.hostname, port: Number(port), url: `${kind}://${user}${address}`, shown };
}

/** URL leaves some signs as they were typed; encoding them all again from the decoded text makes one form. */
function encoded(part: string): string {
  return encodeURIComponent(decodeURIComponent(part));
}

function canDecode(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
