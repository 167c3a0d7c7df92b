import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import express from 'express';
import { Failure } from '#core/failure.ts';

export interface ConverseOptions {
  /** Prosody's `ws://…/xmpp-websocket`. */
  websocketUrl: string;
  /** 127.0.0.1 when not given. */
  host?: string;
  /** 0, the default, takes any free port. */
  port?: number;
}

export interface ConverseSite extends AsyncDisposable {
  url: string;
  close(): Promise<void>;
}

const page = join(import.meta.dirname, 'page');

/**
 * Serves the real Converse.js as npm brings it. Its login page asks conversejs.org for sponsors' logos: the policy forbids
 * every address but this one and Prosody's.
 */
export async function startConverse({ websocketUrl, host = '127.0.0.1', port = 0 }: ConverseOptions): Promise<ConverseSite> {
  const dist = converseDist();
  const index = (await readFile(join(page, 'index.html'), 'utf8')).replace('WEBSOCKET_URL', encodeURI(websocketUrl));
  const app = express();
  app.disable('x-powered-by');
  app.use((_request, reply, next) => {
    reply.set({ 'Content-Security-Policy': policy(websocketUrl), 'X-Content-Type-Options': 'nosniff' });
    next();
  });
  app.get('/', (_request, reply) => void reply.type('html').send(index));
  app.use('/dist', express.static(dist, { maxAge: '1h' }));
  app.use(express.static(page));
  const server = app.listen(port, host);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  // A TCP server that listens on a port always has an AddressInfo.
  return { url: `http://${host}:${(server.address() as AddressInfo).port}`, close, [Symbol.asyncDispose]: close };
}

function converseDist(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve('converse.js/dist/converse.min.js'));
  } catch (error) {
    throw new Failure('not_found', 'converse.js is not installed: run npm ci.', { cause: error });
  }
}

/** Converse.js compiles WebAssembly, writes styles into elements, and plays with blobs; nothing of that leaves this machine. */
function policy(websocketUrl: string): string {
  return [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    `connect-src 'self' ${new URL(websocketUrl).origin.replace(/^null$/, websocketUrl)}`,
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ');
}
