/**
 * How a profile reaches the network. `missing` means: a proxy is wanted, but its row is gone. It is not `direct`, so that a
 * lost row can never show the host's own address. `id` names the proxy to whoever counts what all its profiles hear.
 */
export type ProfileProxy = { is: 'direct' } | { is: 'proxy'; url: string; id?: string } | { is: 'missing' };

/**
 * Everything a host needs to open the browser of one profile. `pack` names the script pack, `baseUrl` is where the messenger
 * lives, `zone` an IANA time zone, `proxy.url` carries percent-encoded credentials: never log it, use `describeProxy`.
 */
export type ProfileSpec = {
  id: string;
  workspaceId: string;
  pack: string;
  baseUrl: string;
  locale: string;
  zone: string;
  proxy: ProfileProxy;
  /** Hides `navigator.webdriver`, nothing else. Off by default and shown plainly when on. */
  stealth: boolean;
};
