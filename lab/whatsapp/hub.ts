import type { WebSocket } from 'ws';
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

/** All open pages. Turns what happens in the store into frames for those whom it concerns. */
export type Hub = {
  accept: (socket: WebSocket) => void;
  /** Sends a frame to every open page of an account. Returns how many there were. */
  toAccount: (number: string, frame: ServerFrame) => number;
  close: () => void;
};

export function createHub(desk: Desk): Hub {
  const { lab } = desk;
  const connections = new Set<Connection>();
  const ofAccount = (number: string) => [...connections].filter((connection) => connection.device?.number === number);

  const listener = (event: NumberedEvent) => {
    for (const connection of [...connections]) relay(connection, event);
  };
  lab.listeners.add(listener);

  return {
    accept: (socket) => void connections.add(open(desk, socket, connections)),
    toAccount(number, frame) {
      const open = ofAccount(number);
      for (const connection of open) connection.post(frame);
      return open.length;
    },
    close() {
      lab.listeners.delete(listener);
      for (const connection of connections) connection.socket.terminate();
    },
  };
}

function open(desk: Desk, socket: WebSocket, connections: Set<Connection>): Connection {
  const line = createLine(desk, socket, () => accountOf(connection)?.faults ?? null);
  const page: PairingPage = {
    browser: 'Browser',
    show: line.post,
    adopt(device) {
      const account = desk.lab.accounts.get(device.number);
      if (!account) return;
      connection.stopQr();
      line.post({ t: 'linked', deviceId: device.id, secret: device.secret, me: meOf(account, device), syncMs: desk.lab.settings.syncMs });
    },
  };
  const connection: Connection = { desk, socket, device: null, post: line.post, page, stopQr: () => {} };
  socket.on('message', (data) => {
    const frame = FrameText.safeParse(String(data));
    if (frame.success) line.receive(() => handleFrame(connection, frame.data));
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

type Wire = { latencyMs: number; isFrozen: boolean };
type Line = { post: (frame: ServerFrame) => void; receive: (work: () => void) => void };

/** How often a frozen line looks whether it may go on. */
const thawMs = 50;

/** Delays frames in order by the account's latency; while the account is frozen both directions wait. */
function createLine(desk: Desk, socket: WebSocket, wire: () => Wire | null): Line {
  const waiting: { dueAt: number; work: () => void }[] = [];
  let isTicking = false;
  const tick = () => {
    isTicking = false;
    while (waiting[0] && !wire()?.isFrozen && waiting[0].dueAt <= performance.now()) waiting.shift()?.work();
    if (waiting[0]) schedule();
  };
  const schedule = () => {
    if (isTicking || socket.readyState > 1) return;
    isTicking = true;
    const rest = (waiting[0]?.dueAt ?? 0) - performance.now();
    desk.timers.after(wire()?.isFrozen ? thawMs : Math.max(0, rest), tick);
  };
  const put = (delayMs: number, work: () => void) => {
    if (waiting.length === 0 && delayMs === 0 && !wire()?.isFrozen) {
      work();
      return;
    }
    waiting.push({ dueAt: Math.max(performance.now() + delayMs, waiting.at(-1)?.dueAt ?? 0), work });
    schedule();
  };
  return {
    post: (frame) => put(wire()?.latencyMs ?? 0, () => socket.readyState === 1 && socket.send(JSON.stringify(frame))),
    receive: (work) => put(0, work),
  };
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
