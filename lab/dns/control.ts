import type { RequestListener } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import type { NameServer } from '#lab/dns/name-server.ts';
import { openSite, type SiteOptions } from '#lab/messenger/open-site.ts';

const Entry = z.union([
  z.enum(['fails', 'silent']),
  z.partialRecord(z.enum(['A', 'NS', 'CNAME', 'MX', 'TXT', 'AAAA']), z.array(z.string().max(4000))),
]);

/** Sets names from outside: `PUT /names/example.test` with `{"TXT": ["v=spf1 -all"]}`, `DELETE /names` for all of them. */
export async function startNameControl(names: NameServer, where: SiteOptions = {}): Promise<AsyncDisposable & { url: string }> {
  const answer: RequestListener = async (request, response) => {
    const name = /^\/names\/([\w.-]+)$/.exec(request.url ?? '')?.[1];
    if (request.method === 'DELETE' && request.url === '/names') names.clear();
    else if (request.method === 'PUT' && name) {
      const entry = Entry.safeParse(await json(request).catch(() => null));
      if (entry.success) names.set(name, entry.data);
      response.statusCode = entry.success ? 204 : 400;
      return void response.end(entry.success ? '' : `${z.prettifyError(entry.error)}\n`);
    } else response.statusCode = 404;
    response.end();
  };
  const { origin: url, close } = await openSite(answer, null, where);
  return { url, [Symbol.asyncDispose]: close };
}
