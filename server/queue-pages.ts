import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { Response as Answer, Request as Asked, RequestHandler } from 'express';
import { Failure } from '#core/failure.ts';
import type { Db } from '#sql/database.ts';
import { queueSchema } from '#sql/queue.ts';
import { isFirstWorkspace } from '#sql/workspace.ts';
import { pageCookie } from './auth.ts';
import { callerOf } from './caller.ts';
import { readCookies } from './cookies.ts';
import type { Tokens } from './tokens.ts';

export const queuePath = '/admin/queues';
export type QueuePagesParts = { databaseUrl: string; db: Db; tokens: Tokens; publicUrl: string | null };
export type QueuePages = { handle: RequestHandler; close: () => Promise<void> };

/**
 * pg-boss's own dashboard for admins of the installation. A browser opens it as a page, so the access token comes as a cookie that the
 * dashboard's sign-in sets; other sites cannot send it.
 */
export function createQueuePages({ databaseUrl, db, tokens, publicUrl }: QueuePagesParts): QueuePages {
  const url = new URL(databaseUrl);
  // Its queries work as the queue's owner, never as whoever DATABASE_URL names.
  url.searchParams.set('options', '-c role=patchbay_owner');
  let pages: ReturnType<typeof open> | undefined;
  const open = async () => {
    const { createDashboardHandler } = await import('@pg-boss/dashboard/handler');
    return createDashboardHandler({
      databases: [{ url: url.href, name: 'Patchbay', schema: queueSchema }],
      basePath: queuePath,
      allowedActionOrigins: publicUrl ? [new URL(publicUrl).host] : [],
    });
  };
  return {
    async handle(request, response) {
      await refuseStrangers(request, db, tokens);
      // Loaded when somebody first looks: most servers are never asked, and a start would wait for it.
      pages ??= open();
      await pass(await (await pages)(toWeb(request)), response);
    },
    close: async () => (await pages)?.close(),
  };
}

async function refuseStrangers(request: Asked, db: Db, tokens: Tokens): Promise<void> {
  const token = readCookies(request.headers.cookie)[pageCookie.name];
  if (!token) throw new Failure('signed_out', 'Sign in to the dashboard first, then open this page again.');
  const { role, workspaceId } = await callerOf(db, tokens, token);
  const isAdmin = role === 'owner' || role === 'admin';
  if (!isAdmin || !(await isFirstWorkspace(db, workspaceId))) throw new Failure('forbidden', 'Only admins of this installation may see the queues.');
}

function toWeb(request: Asked): Request {
  const headers = Object.entries(request.headers).flatMap(([name, value]) => [value ?? []].flat().map((one): [string, string] => [name, one]));
  const url = `${request.protocol}://${request.headers.host ?? 'localhost'}${request.originalUrl}`;
  if (request.method === 'GET' || request.method === 'HEAD') return new Request(url, { method: request.method, headers });
  const body = Readable.toWeb(request) as globalThis.ReadableStream; // Node's web streams are the platform's, under another type name.
  return new Request(url, { method: request.method, headers, body, duplex: 'half' } as RequestInit); // `duplex` is needed for a stream and missing from the DOM's type.
}

async function pass(page: Response, response: Answer): Promise<void> {
  response.status(page.status);
  for (const [name, value] of page.headers) response.setHeader(name, value);
  if (page.headers.get('content-type')?.startsWith('text/html')) {
    const html = await page.text();
    allowInlineScripts(html, response);
    response.removeHeader('content-length');
    response.end(html);
  } else if (page.body) {
    Readable.fromWeb(page.body as ReadableStream).pipe(response); // The same stream under Node's type name.
  } else response.end();
}

/** Its pages hold scripts: each is allowed by its own hash, so that the rule against all others stands. */
function allowInlineScripts(html: string, response: Answer): void {
  const inline = html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g);
  const hashes = Array.from(inline, ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  const policy = String(response.getHeader('content-security-policy') ?? '');
  response.setHeader('content-security-policy', policy.replace("script-src 'self'", `script-src 'self' ${hashes.join(' ')}`));
}
