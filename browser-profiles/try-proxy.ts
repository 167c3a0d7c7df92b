import type { z } from 'zod';
import type { ProxyCheck } from '#core/api/proxies.ts';
import { checkProxy } from './proxy-check.ts';
import { buildProxyUrl } from './proxy-url.ts';

/** A stored proxy, opened; `target` is a site that a profile behind it opens. */
export type ProxyToTry = { kind: string; host: string; port: number; username: string | null; password: string | null; target: string | null };
export type TryProxy = (proxy: ProxyToTry, signal: AbortSignal) => Promise<z.output<typeof ProxyCheck>>;

/** Without a profile that uses it, a proxy is asked for a tunnel to a messenger that everybody can reach. */
const usualTarget = 'https://web.whatsapp.com/';

/** `probeUrl` is PROXY_CHECK_URL: what the exit is called there, is kept with the check. */
export const createProxyTrier =
  (probeUrl: string | null): TryProxy =>
  async (proxy, signal) => {
    const check = await checkProxy(buildProxyUrl(proxy), { target: proxy.target ?? usualTarget, probeUrl, signal });
    return check.ok ? { ...check, why: null } : { ok: false, ms: null, exitAddress: null, country: null, why: check.why };
  };
