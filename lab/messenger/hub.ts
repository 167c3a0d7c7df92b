import type { WebSocket } from 'ws';
import type { z } from 'zod';
import { type EventLog, listen, type Numbered } from './event-log.ts';
import { createLine, type WireFaults } from './line.ts';
import type { Timers } from './timers.ts';

/** All open pages. Turns what happens in the store into frames for those whom it concerns. */
export type Hub<ServerFrame> = {
  accept: (socket: WebSocket) => void;
  /** Sends a frame to every open page of an account. Returns how many there were. */
  toAccount: (account: string, frame: ServerFrame) => number;
  close: () => void;
};

/** How a messenger plays the server's end of a page's socket. */
type Rules<Connection, ServerFrame, ClientFrame, Event> = {
  connect: (socket: WebSocket, post: (frame: ServerFrame) => void) => Connection;
  /** Whose page it is; null until it has logged in. */
  account: (connection: Connection) => string | null;
  faults: (connection: Connection) => WireFaults | null;
  handleFrame: (connection: Connection, frame: ClientFrame) => void;
  /** Something has happened in the lab. */
  relay: (connection: Connection, event: Numbered<Event>) => void;
  leave: (connection: Connection) => void;
};

export function createHub<Connection extends { post: (frame: ServerFrame) => void }, ServerFrame, ClientFrame, Event>(
  { lab, timers }: { lab: EventLog<Event>; timers: Timers },
  frameText: z.ZodType<ClientFrame, string>,
  rules: Rules<Connection, ServerFrame, ClientFrame, Event>,
): Hub<ServerFrame> {
  const pages = new Map<WebSocket, Connection>();
  const stopListening = listen(lab, (event) => {
    for (const page of [...pages.values()]) rules.relay(page, event);
  });
  return {
    accept(socket) {
      const line = createLine<ServerFrame>(timers, socket, () => rules.faults(page));
      const page = rules.connect(socket, line.post);
      pages.set(socket, page);
      socket.on('message', (data) => {
        const frame = frameText.safeParse(String(data));
        if (frame.success) line.receive(() => rules.handleFrame(page, frame.data));
        else socket.close(4400, 'bad frame');
      });
      socket.on('close', () => {
        pages.delete(socket);
        rules.leave(page);
      });
      // A page that is killed resets its socket; without a listener that would end the lab.
      socket.on('error', () => socket.terminate());
    },
    toAccount(account, frame) {
      const own = [...pages.values()].filter((page) => rules.account(page) === account);
      for (const page of own) page.post(frame);
      return own.length;
    },
    close() {
      stopListening();
      for (const socket of pages.keys()) socket.terminate();
    },
  };
}
