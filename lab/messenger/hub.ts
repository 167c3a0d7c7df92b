import type { WebSocket } from 'ws';
import type { z } from 'zod';
import { type EventLog, listen, type Numbered } from './event-log.ts';

/** All open pages. Turns what happens in the store into frames for those whom it concerns. */
export type Hub<ServerFrame> = {
  accept: (socket: WebSocket) => void;
  /** Sends a frame to every open page of an account. Returns how many there were. */
  toAccount: (account: string, frame: ServerFrame) => number;
  close: () => void;
};

/** One page's end of the socket, as the messenger plays it. */
export type OpenPage<ServerFrame, ClientFrame, Event> = {
  /** Whose page it is; null until it has logged in. */
  account: () => string | null;
  post: (frame: ServerFrame) => void;
  take: (frame: ClientFrame) => void;
  /** Something has happened in the lab. */
  hear: (event: Numbered<Event>) => void;
  leave: () => void;
};

export function createHub<ServerFrame, ClientFrame, Event>(
  log: EventLog<Event>,
  frameText: z.ZodType<ClientFrame, string>,
  open: (socket: WebSocket) => OpenPage<ServerFrame, ClientFrame, Event>,
): Hub<ServerFrame> {
  const pages = new Map<WebSocket, OpenPage<ServerFrame, ClientFrame, Event>>();
  const stopListening = listen(log, (event) => {
    for (const page of [...pages.values()]) page.hear(event);
  });
  return {
    accept(socket) {
      const page = open(socket);
      pages.set(socket, page);
      socket.on('message', (data) => {
        const frame = frameText.safeParse(String(data));
        if (frame.success) page.take(frame.data);
        else socket.close(4400, 'bad frame');
      });
      socket.on('close', () => {
        pages.delete(socket);
        page.leave();
      });
      // A page that is killed resets its socket; without a listener that would end the lab.
      socket.on('error', () => socket.terminate());
    },
    toAccount(account, frame) {
      const own = [...pages.values()].filter((page) => page.account() === account);
      for (const page of own) page.post(frame);
      return own.length;
    },
    close() {
      stopListening();
      for (const socket of pages.keys()) socket.terminate();
    },
  };
}
