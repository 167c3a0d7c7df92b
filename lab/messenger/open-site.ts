import { createServer, type RequestListener } from 'node:http';
import { WebSocketServer } from 'ws';
import type { Hub } from './hub.ts';

export type SiteOptions = { host?: string; port?: number };

/** Opens a site on one port, with its socket where it has one; 0, the default, takes any free port. `stop` ends what runs beside. */
export async function openSite<ServerFrame>(
  app: RequestListener,
  socket: { path: string; hub: Hub<ServerFrame> } | null,
  { host = '127.0.0.1', port = 0, stop = () => undefined }: SiteOptions & { stop?: () => void } = {},
): Promise<{ origin: string; close: () => Promise<void> }> {
  const server = createServer(app);
  const sockets = socket && new WebSocketServer({ server, path: socket.path });
  sockets?.on('connection', (opened) => socket?.hub.accept(opened));
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(port, host, listening));
  const address = server.address();
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    stop();
    socket?.hub.close();
    sockets?.close();
    server.closeAllConnections();
    await new Promise<void>((closed) => server.close(() => closed()));
  };
  return { origin: `http://${host}:${typeof address === 'object' && address ? address.port : port}`, close };
}
