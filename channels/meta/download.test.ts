import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { downloadFile } from './download.ts';

/** What each of two hosts was asked; the first is the platform. */
const asked: IncomingMessage[][] = [[], []];
const servers: Server[] = [];
const urls: string[] = [];
beforeAll(async () => {
  for (const heard of asked) {
    const server = createServer((request, response) => {
      heard.push(request);
      if (request.url === '/further') response.writeHead(302, { location: '/file' }).end();
      else if (request.url === '/inside') response.writeHead(302, { location: `${urls[1]}/file` }).end();
      else if (request.url?.startsWith('/v25.0/')) response.end(JSON.stringify({ url: `${urls[0]}/further` }));
      else response.end('bytes');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
    urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // A TCP server has an AddressInfo.
  }
});
afterAll(() => {
  for (const server of servers) server.close();
});

const download = (file: { fileId?: string; url?: string }) => {
  const place = { host: urls[0] ?? '', version: 'v25.0', token: 'a token', appSecret: null };
  return downloadFile(place, { fileId: null, url: null, sha256: null, ...file }, AbortSignal.timeout(5000));
};

test('a file is followed to where the platform has it, and the token goes no further than the first step', async () => {
  expect((await download({ fileId: '7' })).toString()).toBe('bytes');
  expect(asked[0]?.slice(-2).map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ['/further', 'Bearer a token'],
    ['/file', undefined],
  ]);
});

test('an answer of the platform that leads elsewhere is not followed', async () => {
  await expect(download({ url: `${urls[0]}/inside` })).rejects.toMatchObject({ code: 'unsupported_format' });
  await expect(download({ url: `${urls[1]}/file` })).rejects.toMatchObject({ code: 'unsupported_format' });
  expect(asked[1]).toEqual([]);
});
