import type { ProxyTrouble } from '#core/proxy-trouble.ts';

/** What proxy-chain's answers mean to a person. */
const meanings: Record<number, ProxyTrouble> = {
  504: 'proxy_silent',
  590: 'proxy_no_way',
  593: 'proxy_name_unknown',
  594: 'proxy_nobody_there',
  595: 'proxy_cut',
  596: 'proxy_cut',
  597: 'proxy_sign_in',
  599: 'proxy_refuses',
};

/** A code of `proxyTroubles`. */
export const meaningOfStatus = (status: number): string => meanings[status] ?? `proxy_odd:${status}`;

/** Statuses that say the hop could not get on; 590 is the upstream's own no to one site, which says nothing about the proxy. */
export const isHopFailure = (status: number): boolean => (status >= 590 && status <= 599) || status === 504;
export const blamesProxy = (status: number): boolean => isHopFailure(status) && status !== 590;
