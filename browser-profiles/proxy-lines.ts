import { type ProxyAddress, ProxyUrl } from './proxy-url.ts';

/** Why a line cannot become a proxy. */
export type LineProblem = 'unreadable' | 'kind' | 'port' | 'credentials' | 'repeated';
export type ProxyLine = { line: number; text: string } & (
  | { is: 'proxy'; address: ProxyAddress; username: string | null; password: string | null }
  | { is: 'bad'; problem: LineProblem }
);

type Parts = { kind: string; host: string; port: string; username: string | null; password: string | null };

const host = '(?:\\[[0-9a-fA-F:.]+\\]|[^\\s:@/\\[\\]]+)';
/** As providers hand them out. A password may hold anything but a line break; a host holds no colon and no @, so each has one reading. */
const forms = [
  new RegExp(`^(?<host>${host}):(?<port>\\d+)$`),
  new RegExp(`^(?<username>[^:]*):(?<password>.*)@(?<host>${host}):(?<port>\\d+)$`),
  new RegExp(`^(?<host>${host}):(?<port>\\d+):(?<username>[^:]*):(?<password>.*)$`),
];

/**
 * Pasted proxies, one a line: `kind://user:password@host:port`, `host:port`, `host:port:user:password` or `user:password@host:port`. Lines
 * without a kind get `kind`. Empty lines and those that begin with # are no proxies. Each keeps its number, and `text` shows no credentials.
 */
export function readProxyLines(pasted: string, kind: 'http' | 'https' | 'socks5h'): ProxyLine[] {
  const firsts = new Set<string>();
  return pasted.split(/\r\n|\r|\n/).flatMap((raw, at): ProxyLine[] => {
    const text = raw.trim();
    if (text === '' || text.startsWith('#')) return [];
    const read = readLine(text, kind);
    if (read.is === 'bad') return [{ line: at + 1, text: withoutCredentials(text), ...read }];
    const { address, username } = read;
    if (firsts.has(proxyKey({ ...address, username }))) return [{ line: at + 1, text: address.shown, is: 'bad', problem: 'repeated' }];
    firsts.add(proxyKey({ ...address, username }));
    return [{ line: at + 1, text: address.shown, ...read }];
  });
}

/** What makes two proxies the same: one exit may be sold under many user names. */
export const proxyKey = ({ kind, host, port, username }: { kind: string; host: string; port: number; username: string | null }): string =>
  JSON.stringify([kind, host.toLowerCase(), port, username ?? '']);

type ReadLine = { is: 'proxy'; address: ProxyAddress; username: string | null; password: string | null } | { is: 'bad'; problem: LineProblem };

function readLine(text: string, kind: string): ReadLine {
  const parts = text.includes('://') ? partsOfUrl(text) : partsOfLine(text, kind);
  if (typeof parts === 'string') return { is: 'bad', problem: parts };
  if (Number(parts.port) < 1 || Number(parts.port) > 65_535) return { is: 'bad', problem: 'port' };
  if ((parts.username ?? '').length > 200 || (parts.password ?? '').length > 500) return { is: 'bad', problem: 'credentials' };
  const read = ProxyUrl.safeParse(`${parts.kind}://${parts.host}:${parts.port}`);
  // The same names that the form of one proxy takes.
  if (!read.success || !/^[A-Za-z0-9._:[\]-]{1,253}$/.test(read.data.host)) return { is: 'bad', problem: 'unreadable' };
  return { is: 'proxy', address: read.data, username: parts.username || null, password: parts.password || null };
}

/** A URL's own signs are percent-encoded in it; a URL without a port means the kind's usual one. */
function partsOfUrl(text: string): Parts | LineProblem {
  const [scheme = '', rest = ''] = text.split('://');
  if (!/^(https?|socks5h?)$/i.test(scheme)) return 'kind';
  const read = ProxyUrl.safeParse(text);
  if (!read.success) return rest.includes('@') ? 'credentials' : 'unreadable';
  const { username, password } = new URL(read.data.url);
  return {
    kind: read.data.kind,
    host: read.data.host,
    port: String(read.data.port),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
}

function partsOfLine(text: string, kind: string): Parts | LineProblem {
  for (const form of forms) {
    const found = form.exec(text)?.groups;
    if (found) return { kind, host: found.host ?? '', port: found.port ?? '', username: found.username ?? null, password: found.password ?? null };
  }
  return 'unreadable';
}

/** Nobody knows which part of a line that cannot be read is the password; whoever pasted it finds it by its number. */
function withoutCredentials(text: string): string {
  const parts = text.replace(/^[a-z0-9]+:\/\//i, '').split(':').length;
  return text.includes('@') || parts > 2 ? '***' : text.slice(0, 80);
}
