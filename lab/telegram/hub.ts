import type { WebSocket } from 'ws';
import { accountOf, type Connection, handleFrame, leave, meOf } from './connection.ts';
import type { Desk, LoginPage } from './logins.ts';
import { FrameText, type ServerFrame } from './protocol.ts';
import { dialogOf, type NumberedEvent } from './store.ts';
import { dialogView, messageView } from './views.ts';

/** All open pages. Turns what happens in the store into frames for those whom it concerns. */
export type Hub = {
  accept: (socket: WebSocket) => void;
  /** Sends a frame to every open page of an account. Returns how many there were. */
  toAccount: (accountId: string, frame: ServerFrame) => number;
  close: () => void;
};

export function createHub(desk: Desk): Hub {
  const connections = new Set<Connection>();
  const listener = (event: NumberedEvent) => {
    for (const connection of [...connections]) relay(connection, event);
  };
  desk.lab.listeners.add(listener);
  return {
    accept: (socket) => void connections.add(open(desk, socket, connections)),
    toAccount(accountId, frame) {
      const pages = [...connections].filter((connection) => connection.session?.accountId === accountId);
      for (const connection of pages) connection.post(frame);
      return pages.length;
    },
    close() {
      desk.lab.listeners.delete(listener);
      for (const connection of connections) connection.socket.terminate();
    },
  };
}

function open(desk: Desk, socket: WebSocket, connections: Set<Connection>): Connection {
  const post = delayed(desk, socket, () => accountOf(connection)?.faults.latencyMs ?? 0);
  const page: LoginPage = {
    account: null,
    stopQr: () => {},
    show: post,
    adopt(session) {
      const account = desk.lab.accounts.get(session.accountId);
      if (account) post({ t: 'authorized', sessionId: session.id, secret: session.secret, me: meOf(account) });
    },
  };
  const connection: Connection = { desk, socket, session: null, post, page };
  socket.on('message', (data) => {
    const frame = FrameText.safeParse(String(data));
    if (frame.success) handleFrame(connection, frame.data);
    else socket.close(4400, 'bad frame');
  });
  socket.on('close', () => {
    connections.delete(connection);
    leave(connection);
  });
  // A page that is killed resets its socket; without a listener that would end the lab.
  socket.on('error', () => socket.terminate());
  return connection;
}

/** Delays frames by the account's latency and keeps their order, also when the latency shrinks. */
function delayed(desk: Desk, socket: WebSocket, latencyMs: () => number): (frame: ServerFrame) => void {
  let lastDueAt = 0;
  return (frame) => {
    const write = () => {
      if (socket.readyState === 1) socket.send(JSON.stringify(frame));
    };
    lastDueAt = Math.max(lastDueAt, performance.now() + latencyMs());
    const wait = lastDueAt - performance.now();
    if (wait < 1) write();
    else desk.timers.after(wait, write);
  };
}

function relay(connection: Connection, event: NumberedEvent): void {
  const { session, desk, post } = connection;
  if (event.is === 'reset') connection.socket.close(4001, 'reset');
  if (!session) return;
  if (event.is === 'logged_out' && event.sessionId === session.id) post({ t: 'logged_out' });
  if (event.is === 'account' && event.account === session.accountId && accountOf(connection)?.faults.connection === 'offline')
    connection.socket.close(4000, 'offline');
  if (!('owner' in event) || event.owner !== session.accountId) return;
  const stored = dialogOf(desk.lab, event.owner, event.peer);
  const dialog = dialogView(desk.lab, stored);
  if (event.is === 'message') {
    const message = stored.messages.find((one) => one.id === event.id);
    // What this very page wrote comes back to it as an acknowledgement only.
    if (message && message.sessionId !== session.id) post({ t: 'message', dialog, message: messageView(message) });
  } else if (event.is === 'dialog') post({ t: 'dialog', dialog });
  else if (event.is === 'read') post({ t: 'read', peer: event.peer });
  else if (event.is === 'draft' && event.by !== session.id) post({ t: 'draft', dialog });
}
