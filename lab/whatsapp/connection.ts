import type { WebSocket } from 'ws';
import { emit } from '#lab/messenger/event-log.ts';
import { dropsAck, spend } from '#lab/messenger/faults.ts';
import { chatsOf } from '#lab/messenger/store.ts';
import { advanceRatchet, logOutDevice, resumeDevice } from './devices.ts';
import { historyOf, markRead, refusal, takeMessage } from './messages.ts';
import type { Account, Device } from './model.ts';
import type { Desk, PairingPage } from './pairing.ts';
import { forgetPage, offerCode, passkeyDone, rotateQr } from './pairing.ts';
import type { Answer, ClientFrame, Notices, Question, ServerFrame } from './protocol.ts';
import type { Lab } from './store.ts';
import { chatOf, digitsOf, isOnWhatsApp, lidOf, setDraft } from './store.ts';
import { chatRow, messageView, nameOf, prettyPhone, titleOf } from './views.ts';

/** One page's socket. `device` is null until the page has logged in. */
export type Connection = {
  desk: Desk;
  socket: WebSocket;
  device: Device | null;
  post: (frame: ServerFrame) => void;
  page: PairingPage;
  stopQr: () => void;
};

export function accountOf(connection: Connection): Account | null {
  const { device, desk } = connection;
  return device ? (desk.lab.accounts.get(device.number) ?? null) : null;
}

/** Does what one frame of the page asks. Frames that need a login are ignored without one, as a server would close on them. */
export function handleFrame(connection: Connection, frame: ClientFrame): void {
  const { desk } = connection;
  switch (frame.t) {
    case 'pair':
      connection.stopQr();
      connection.page.browser = frame.browser;
      connection.stopQr = rotateQr(desk, connection.page, frame.keys);
      return;
    case 'pair_code':
      offerCode(desk, connection.page, digitsOf(frame.number) ?? '');
      return;
    case 'passkey_done':
      passkeyDone(desk, connection.page);
      return;
    case 'hello':
      welcome(connection, frame);
      return;
    default:
      handleLoggedIn(connection, frame);
  }
}

function handleLoggedIn(connection: Connection, frame: ClientFrame): void {
  const { desk, device } = connection;
  const account = accountOf(connection);
  if (!device || !account || device.loggedOutBecause) return;
  const { lab } = desk;
  switch (frame.t) {
    case 'send':
      takeSend(connection, account, frame);
      return;
    case 'received':
      device.backlog = Math.max(0, device.backlog - frame.count);
      advanceRatchet(lab, device, frame.counter);
      return;
    case 'read':
      markRead(lab, account.number, numberOf(lab, frame.chat));
      return;
    case 'draft':
      setDraft(lab, account.number, numberOf(lab, frame.chat), { text: frame.text, by: device.id });
      return;
    case 'log_out':
      logOutDevice(lab, device, 'user');
      return;
    case 'ask':
      answerQuestion(connection, account, frame);
      return;
  }
}

function numberOf(lab: Lab, chat: string): string {
  return lab.lids.get(chat) ?? '';
}

export function noticesFor(account: Account): Notices {
  return { restrictedUntil: account.restrictedUntil, connection: account.faults.connection };
}

function welcome(connection: Connection, shown: { deviceId: string; secret: string; counter: number }): void {
  const { lab } = connection.desk;
  const device = resumeDevice(lab, shown);
  if (typeof device === 'string') {
    connection.post({ t: 'logged_out', why: device });
    return;
  }
  const account = lab.accounts.get(device.number);
  if (!account) {
    connection.post({ t: 'logged_out', why: 'account_gone' });
    return;
  }
  if (account.faults.connection === 'computer_offline') {
    connection.socket.close(4000, 'offline');
    return;
  }
  connection.device = device;
  emit(lab, { is: 'connected', number: device.number, deviceId: device.id });
  connection.post({
    t: 'welcome',
    me: meOf(account, device),
    notices: noticesFor(account),
    counter: device.counter,
    backlog: device.backlog,
    chats: chatsOf(lab, account.number).map((chat) => chatRow(lab, chat)),
    contacts: contactsOf(lab, account.number),
    showsNews: account.showsNews,
  });
}

export function meOf(account: Account, device: Device): { number: string; name: string; wid: string } {
  return { number: account.number, name: account.name, wid: `${account.number}:${device.id.split('-')[0]}@c.us` };
}

function contactsOf(lab: Lab, owner: string): { id: string; title: string }[] {
  const numbers = [...lab.peers.values(), ...lab.accounts.values()].map((known) => known.number).filter((number) => number !== owner);
  const saved = numbers.filter((number) => isOnWhatsApp(lab, number) && nameOf(lab, number) !== null);
  return saved.map((number) => ({ id: lidOf(lab, number), title: titleOf(lab, number) }));
}

function takeSend(connection: Connection, account: Account, frame: Extract<ClientFrame, { t: 'send' }>): void {
  const { desk, device } = connection;
  const { lab } = desk;
  const { faults } = account;
  const to = numberOf(lab, frame.chat);
  if (spend(faults, 'swallowNext')) return;
  if (device) advanceRatchet(lab, device, frame.counter);
  const why = lab.messages.has(frame.id) ? null : refuse(lab, account, to);
  if (why) {
    emit(lab, { is: 'failed_send', number: account.number, id: frame.id, why });
    connection.post({ t: 'nack', id: frame.id, why });
    return;
  }
  const { text, id, kind, quotes, clientAt, keys } = frame;
  const file = lab.files.get(frame.file ?? '')?.file ?? null;
  const given = { id, from: account.number, to, text, kind, file, quotes, clientAt, keys, deviceId: device?.id ?? null };
  const { message } = takeMessage(lab, { ...given, via: 'web' });
  if (dropsAck(faults, lab.random)) {
    lab.unacked.add(id);
    return;
  }
  lab.unacked.delete(id);
  connection.post({ t: 'ack', id: message.id, at: message.at, status: message.status });
}

function refuse(lab: Lab, account: Account, to: string): string | null {
  return spend(account.faults, 'failNext') ? 'fault' : refusal(lab, account, to);
}

function answerQuestion(connection: Connection, account: Account, { n, question }: { n: number; question: Question }): void {
  const { desk } = connection;
  if (question.is === 'lookup' && spend(account.faults, 'hangLookups')) return;
  const answer = answerTo(desk.lab, account, question);
  const delay = question.is === 'history' ? account.faults.historyDelayMs : 0;
  if (delay === 0) connection.post({ t: 'answer', n, answer });
  else desk.timers.after(delay, () => connection.post({ t: 'answer', n, answer }));
}

function answerTo(lab: Lab, account: Account, question: Question): Answer {
  if (question.is === 'lookup') {
    const number = digitsOf(question.phone);
    if (number === null || !isOnWhatsApp(lab, number)) return { is: 'not_on_whatsapp' };
    return { is: 'found', row: chatRow(lab, chatOf(lab, account.number, number)) };
  }
  const number = numberOf(lab, question.chat);
  if (question.is === 'profile') {
    const isGroup = lab.peers.get(number)?.members !== undefined;
    return { is: 'profile', phone: isGroup ? '' : prettyPhone(number), name: nameOf(lab, number) ?? '' };
  }
  const { messages, hasMore } = historyOf(lab, chatOf(lab, account.number, number), { before: question.before, count: lab.settings.historyPage });
  return { is: 'history', messages: messages.map((message) => messageView(lab, account.number, message)), hasMore };
}

export function leave(connection: Connection): void {
  connection.stopQr();
  forgetPage(connection.desk.pairings, connection.page);
  const { device, desk } = connection;
  if (device) emit(desk.lab, { is: 'disconnected', number: device.number, deviceId: device.id });
}
