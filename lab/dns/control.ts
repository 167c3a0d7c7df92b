import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import type { NameServer } from '#lab/dns/name-server.ts';

const Entry = z.union([
  z.enum(['fails', 'silent']),
  z.partialRecord(z.enum(['A', 'NS', 'CNAME', 'MX', 'TXT', 'AAAA']), z.array(z.string().max(4000))),
]);

/** Sets names from outside: `PUT /names/example.test` with `{"TXT": ["v=spf1 -all"]}`, `DELETE /names` for all of them. */
export async function startNameControl(names: NameServer, { host = '127.0.0.1', port = 0 } = {}): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(async (request, response) => {
    const name = /^\/names\/([\w.-]+)$/.exec(request.url ?? '')?.[1];
    if (request.method === 'DELETE' && request.url === '/names') names.clear();
    else if (request.method === 'PUT' && name) {
      const entry = Entry.safeParse(await json(request).catch(() => null));
      if (entry.success) names.set(name, entry.data);
      response.statusCode = entry.success ? 204 : 400;
      return void response.end(entry.success ? '' : `${z.prettifyError(entry.error)}\n`);
    } else response.statusCode = 404;
    response.end();
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`, // A TCP server has an AddressInfo.
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
