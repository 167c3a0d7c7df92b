import { createServer } from 'node:http';
import type { Express } from 'express';
import { WebSocketServer } from 'ws';
import type { Hub } from './hub.ts';

export type SiteOptions = { host?: string; port?: number };

/** Opens a messenger's pages, its control API and its socket on one port; 0, the default, takes any free one. `stop` ends what runs beside. */
export async function openSite<ServerFrame>(
  app: Express,
  socket: { path: string; hub: Hub<ServerFrame> },
  { host = '127.0.0.1', port = 0, stop }: SiteOptions & { stop: () => void },
): Promise<{ origin: string; close: () => Promise<void> }> {
  const server = createServer(app);
  const sockets = new WebSocketServer({ server, path: socket.path });
  sockets.on('connection', (opened) => socket.hub.accept(opened));
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(port, host, listening));
  const address = server.address();
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    stop();
    socket.hub.close();
    sockets.close();
    server.closeAllConnections();
    await new Promise<void>((closed) => server.close(() => closed()));
  };
  return { origin: `http://${host}:${typeof address === 'object' && address ? address.port : port}`, close };
}
