/** Why a proxy does not carry, as a code that the dashboard has words for, with the English sentence for everything else. */
export const proxyTroubles = {
  proxy_silent: 'The proxy did not answer in time.',
  proxy_no_way: 'The proxy answers, but does not reach the messenger’s site.',
  proxy_name_unknown: 'The host name of the proxy is not known.',
  proxy_nobody_there: 'Nothing listens at the address of the proxy.',
  proxy_cut: 'The proxy cut the connection.',
  proxy_sign_in: 'The proxy does not accept the user name or password.',
  proxy_refuses: 'The proxy does not connect: it refuses, or the user name or password is wrong.',
  proxy_lies: 'The proxy connects, but what answers there is not the site: its certificate is missing or wrong.',
  proxy_odd: 'The proxy answers as no proxy should: with status {about}.',
} as const;
export type ProxyTrouble = keyof typeof proxyTroubles;

/** A code of the table; `proxy_odd:418` carries what it is about. Anything else is a sentence already. */
export function proxySentence(why: string): string {
  const [code = '', about = ''] = why.split(':');
  const known = Object.entries(proxyTroubles).find(([name]) => name === code)?.[1];
  return known?.replace('{about}', about) ?? why;
}
