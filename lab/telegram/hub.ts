import type { WebSocket } from 'ws';
import { createHub, type Hub } from '#lab/messenger/hub.ts';
import { accountOf, type Connection, handleFrame, leave, meOf } from './connection.ts';
import type { Desk, LoginPage } from './logins.ts';
import { FrameText, type ServerFrame } from './protocol.ts';
import { chatOf, type NumberedEvent } from './store.ts';
import { dialogView, messageView } from './views.ts';

export const createTelegramHub = (desk: Desk): Hub<ServerFrame> =>
  createHub(desk, FrameText, {
    connect: (socket, post) => connect(desk, socket, post),
    account: ({ session }) => session?.accountId ?? null,
    faults: (connection) => accountOf(connection)?.faults ?? null,
    handleFrame,
    relay,
    leave,
  });

function connect(desk: Desk, socket: WebSocket, post: (frame: ServerFrame) => void): Connection {
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
  return connection;
}

function relay(connection: Connection, event: NumberedEvent): void {
  const { session, desk, post } = connection;
  if (event.is === 'reset') connection.socket.close(4001, 'reset');
  if (!session) return;
  if (event.is === 'logged_out' && event.sessionId === session.id) post({ t: 'logged_out' });
  if (event.is === 'account' && event.account === session.accountId && accountOf(connection)?.faults.connection === 'offline')
    connection.socket.close(4000, 'offline');
  if (!('owner' in event) || event.owner !== session.accountId) return;
  const stored = chatOf(desk.lab, event.owner, event.peer);
  const dialog = dialogView(desk.lab, stored);
  if (event.is === 'message') {
    const message = stored.messages.find((one) => one.id === event.id);
    // What this very page wrote comes back to it as an acknowledgement only.
    if (message && message.sessionId !== session.id) post({ t: 'message', dialog, message: messageView(message) });
  } else if (event.is === 'chat') post({ t: 'dialog', dialog });
  else if (event.is === 'read') post({ t: 'read', peer: event.peer });
  else if (event.is === 'draft' && event.by !== session.id) post({ t: 'draft', dialog });
}
