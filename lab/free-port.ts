import { once } from 'node:events';
import { createServer } from 'node:net';
import { Failure } from '#core/failure.ts';

/** For programs that cannot be told to take any port and say which: one is asked for on loopback and given back just before. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Failure('broken', 'No free port on loopback.');
  return address.port;
}
