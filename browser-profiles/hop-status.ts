/** What proxy-chain's answers mean to a person. */
const meanings: Record<number, string> = {
  504: 'The proxy did not answer in time.',
  590: 'The proxy answers, but does not reach the messenger’s site.',
  593: 'The host name of the proxy is not known.',
  594: 'Nothing listens at the address of the proxy.',
  595: 'The proxy cut the connection.',
  596: 'The proxy cut the connection.',
  597: 'The proxy does not accept the user name or password.',
  599: 'The proxy does not connect: it refuses, or the user name or password is wrong.',
};

export const meaningOfStatus = (status: number): string => meanings[status] ?? `The proxy answers with status ${status}.`;

/** Statuses that say the hop could not get on; 590 is the upstream's own no to one site, which says nothing about the proxy. */
export const isHopFailure = (status: number): boolean => (status >= 590 && status <= 599) || status === 504;
export const blamesProxy = (status: number): boolean => isHopFailure(status) && status !== 590;
