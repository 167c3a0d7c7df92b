import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { expect, test } from 'vitest';
import { startNameServer } from './name-server.ts';

test('what is no question is passed over, and the next one is answered', async () => {
  await using names = await startNameServer();
  names.set('example.test', { TXT: ['v=spf1 -all'] });
  const socket = createSocket('udp4');
  const [host = '', port] = names.address.split(':');
  for (const noise of ['x', 'a longer one that begins like no name at all', '\0'.repeat(14)])
    await new Promise((sent) => socket.send(noise, Number(port), host, sent));
  socket.close();
  const resolver = new Resolver();
  resolver.setServers([names.address]);
  expect(await resolver.resolveTxt('example.test')).toEqual([['v=spf1 -all']]);
});
