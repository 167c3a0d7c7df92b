import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ClientMessage, ServerMessage } from '#core/socket.ts';

/** A client of /ws for tests: it keeps everything it was told, in order. */
export type SocketLine = {
  told: ServerMessage[];
  frames: Buffer[];
  say: (message: ClientMessage | Record<string, unknown>) => void;
  /** Settles with the first message, past or coming, that fits. */
  hears: <T extends ServerMessage['type']>(
    type: T,
    fits?: (message: Extract<ServerMessage, { type: T }>) => boolean,
  ) => Promise<Extract<ServerMessage, { type: T }>>;
  closed: Promise<{ code: number }>;
  close: () => void;
};

export async function openLine(url: string, options: { path?: string; origin?: string } = {}): Promise<SocketLine> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${options.path ?? '/ws'}`, { origin: options.origin });
  const told: ServerMessage[] = [];
  const frames: Buffer[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data, isBinary) => {
    if (isBinary)
      frames.push(data as Buffer); // ws gives a Buffer unless asked for something else.
    else told.push(JSON.parse(String(data)));
    for (const look of waiting) look();
  });
  const { promise: closed, resolve: close } = Promise.withResolvers<{ code: number }>();
  socket.on('close', (code) => close({ code }));
  await once(socket, 'open');
  return {
    told,
    frames,
    closed,
    say: (message) => socket.send(JSON.stringify(message)),
    close: () => socket.close(),
    hears(type, fits = () => true) {
      const { promise, resolve } = Promise.withResolvers<Extract<ServerMessage, { type: typeof type }>>();
      const look = () => {
        const found = told.find(
          (message): message is Extract<ServerMessage, { type: typeof type }> => message.type === type && fits(message as never),
        ); // The type was compared just before.
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      return promise;
    },
  };
}
