import type { WebSocket } from 'ws';
import { createHub, type Hub } from '#lab/messenger/hub.ts';
import type { Connection } from './connection.ts';
import { accountOf, handleFrame, leave, meOf, noticesFor } from './connection.ts';
import type { Swap } from './model.ts';
import { otherSide } from './model.ts';
import type { Desk, PairingPage } from './pairing.ts';
import type { ServerFrame } from './protocol.ts';
import { FrameText } from './protocol.ts';
import type { NumberedEvent } from './store.ts';
import { chatOf, lidOf } from './store.ts';
import { chatRow, messageView, titleOf } from './views.ts';

export const createWhatsAppHub = (desk: Desk): Hub<ServerFrame> =>
  createHub(desk, FrameText, {
    connect: (socket, post) => connect(desk, socket, post),
    account: ({ device }) => device?.number ?? null,
    faults: (connection) => accountOf(connection)?.faults ?? null,
    handleFrame,
    relay,
    leave,
  });

function connect(desk: Desk, socket: WebSocket, post: (frame: ServerFrame) => void): Connection {
  const page: PairingPage = {
    browser: 'Browser',
    show: post,
    adopt(device) {
      const account = desk.lab.accounts.get(device.number);
      if (!account) return;
      connection.stopQr();
      post({ t: 'linked', deviceId: device.id, secret: device.secret, me: meOf(account, device), syncMs: desk.lab.settings.syncMs });
    },
  };
  const connection: Connection = { desk, socket, device: null, post, page, stopQr: () => {} };
  return connection;
}

function relay(connection: Connection, event: NumberedEvent): void {
  const { lab } = connection.desk;
  const { device } = connection;
  if (event.is === 'reset') connection.socket.close(4001, 'reset');
  if (!device) return;
  const owner = device.number;
  if (event.is === 'message' && (event.from === owner || event.to === owner)) relayMessage(connection, event);
  else if (event.is === 'status' && event.from === owner) relayStatus(connection, event);
  else if (event.is === 'chat' && event.owner === owner) connection.post({ t: 'row', row: chatRow(lab, chatOf(lab, owner, event.peer)) });
  else if (event.is === 'draft' && event.owner === owner && event.by !== device.id) {
    connection.post({ t: 'draft', row: chatRow(lab, chatOf(lab, owner, event.peer)) });
  } else if (event.is === 'account' && event.number === owner) relayNotices(connection);
  else if (event.is === 'logged_out' && event.deviceId === device.id) connection.post({ t: 'logged_out', why: event.why });
}

function relayMessage(connection: Connection, event: { id: string; from: string; to: string }): void {
  const { lab } = connection.desk;
  const message = lab.messages.get(event.id);
  const owner = connection.device?.number;
  if (!message || !owner) return;
  const row = chatRow(lab, chatOf(lab, owner, otherSide(message, owner)));
  const isOwn = message.deviceId === connection.device?.id;
  connection.post(isOwn ? { t: 'row', row } : { t: 'message', row, message: messageView(lab, owner, message) });
}

function relayStatus(connection: Connection, event: { id: string; to: string }): void {
  const { lab } = connection.desk;
  const message = lab.messages.get(event.id);
  if (message && !lab.unacked.has(message.id)) connection.post({ t: 'status', chat: lidOf(lab, event.to), id: event.id, status: message.status });
}

function relayNotices(connection: Connection): void {
  const account = accountOf(connection);
  if (!account) return;
  connection.post({ t: 'notices', notices: noticesFor(account) });
  if (account.faults.connection === 'computer_offline') connection.socket.close(4000, 'offline');
}

/** The swap fault in the words of the page. */
export function swapFrame(desk: Desk, swap: Swap): ServerFrame {
  const { to, ...rest } = swap;
  return { t: 'swap', swap: { ...rest, chat: lidOf(desk.lab, to), title: titleOf(desk.lab, to) } };
}
