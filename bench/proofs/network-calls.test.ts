import { expect, test } from 'vitest';
import { readCalls } from './network-calls.ts';

/** Lines as strace 6.1 wrote them for Chromium 156. */
const lines = {
  hop: '7 connect(34<TCP:[138757]>, {sa_family=AF_INET, sin_port=htons(37895), sin_addr=inet_addr("127.0.0.1")}, 16) = -1 EINPROGRESS (…)',
  halved: '7 connect(32<TCP:[138755]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("203.0.113.5")}, 16 <unfinished ...>',
  rest: '7 <... connect resumed>) = -1 EINPROGRESS (Operation now in progress)',
  asked:
    '7 connect(26<UDPv6:[1]>, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:4860:4860::8888", &sin6_addr), sin6_scope_id=0}, 28) = 0',
  stun: '7 sendto(43<UDP:[0.0.0.0:38810]>, ""..., 20, 0, {sa_family=AF_INET, sin_port=htons(3478), sin_addr=inet_addr("203.0.113.5")}, 16) = 20',
  dns: '7 sendmmsg(82<UDP:[192.0.2.2:42180->10.255.255.53:53]>, [...], 2, MSG_NOSIGNAL) = 2',
  unsaid: '7 sendto(39<UDP:[0.0.0.0:48115]>, ""..., 39, 0, NULL, 0) = 39',
  resolver: '7 connect(91<UNIX-STREAM:[187082]>, {sa_family=AF_UNIX, sun_path="/run/systemd/resolve/io.systemd.Resolve"}, 42) = 0',
  bus: '7 connect(91<UNIX-STREAM:[187082]>, {sa_family=AF_UNIX, sun_path="/run/dbus/system_bus_socket"}, 30) = 0',
  inner: '7 sendmsg(9<UNIX-SEQPACKET:[100]>, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=""..., iov_len=8}]}, MSG_NOSIGNAL) = 8',
  links: '7 sendto(12<NETLINK:[ROUTE:7]>, [], 20, 0, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 20',
};

test('calls of the browser are read as what they do to the network: TCP, questions to the kernel, packets, names', () => {
  const read = readCalls(Object.values(lines).join('\n')).map(({ is, to }) => ({ is, to }));
  expect(read).toEqual([
    { is: 'connects', to: '127.0.0.1:37895' },
    { is: 'connects', to: '203.0.113.5:443' },
    { is: 'points', to: '[2001:4860:4860::8888]:443' },
    { is: 'sends', to: '203.0.113.5:3478' },
    { is: 'sends', to: '10.255.255.53:53' },
    { is: 'sends', to: 'UDP' },
    { is: 'asks_resolver', to: '/run/systemd/resolve/io.systemd.Resolve' },
  ]);
});
