/**
 * One call of a process of the browser that names the network. `points`: a UDP socket was told an address and nothing was sent: Chromium asks the
 * kernel in this way which of its own addresses it would use (no packet leaves; there is no switch against it in 156).
 */
export type NetworkCall = { is: 'connects' | 'points' | 'sends' | 'asks_resolver'; to: string; line: string };

/** Local services that look names up for others: a question to them is one to the DNS. Not nscd, which is asked for user names, too. */
const resolvers = /\/(?:systemd\/resolve\/|avahi-daemon\/socket)/;

/** Reads strace's own notation, with `-yy`: the kind of each socket stands behind its number. */
export function readCalls(text: string): NetworkCall[] {
  return text.split('\n').flatMap((line) => readCall(line) ?? []);
}

function readCall(line: string): NetworkCall | null {
  // The second half of a call that another thread interrupted repeats nothing: its arguments stood in the first.
  const call = /^\d+\s+(connect|sendto|sendmsg|sendmmsg)\(\d+<([A-Za-z0-9-]+)/.exec(line);
  if (!call) return null;
  const [, name, socket = ''] = call;
  if (socket.startsWith('UNIX')) {
    const path = /sun_path="([^"]*)"/.exec(line)?.[1] ?? '';
    return name === 'connect' && resolvers.test(path) ? { is: 'asks_resolver', to: path, line } : null;
  }
  if (socket === 'NETLINK') return null;
  const to = addressIn(line);
  if (name === 'connect') return to === null ? null : { is: isDatagram(socket) ? 'points' : 'connects', to, line };
  // What goes into a connection was judged where it was opened.
  if (/^TCP/.test(socket)) return to === null ? null : { is: 'connects', to, line };
  return { is: 'sends', to: to ?? peerIn(line) ?? socket, line };
}

/** Whatever is neither a stream nor of this machine: UDP, UDP-Lite, ICMP, RAW, and kinds that strace may learn. */
const isDatagram = (socket: string): boolean => !/^(TCP|SCTP|MPTCP)/.test(socket);

function addressIn(line: string): string | null {
  const four = /sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]+)"\)/.exec(line);
  if (four) return `${four[2]}:${four[1]}`;
  const six = /sin6_port=htons\((\d+)\).*?inet_pton\(AF_INET6, "([^"]+)"/.exec(line);
  return six ? `[${six[2]}]:${six[1]}` : null;
}

const peerIn = (line: string): string | null => /^\d+\s+\w+\(\d+<[^>]*->([^\]>]+\]?:\d+)\]/.exec(line)?.[1] ?? null;
