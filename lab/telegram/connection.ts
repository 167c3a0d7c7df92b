import type { WebSocket } from 'ws';
import { emit } from '#lab/messenger/event-log.ts';
import { dropsAck, spend } from '#lab/messenger/faults.ts';
import { chatsOf } from '#lab/messenger/store.ts';
import { type Desk, type LoginPage, rotateQr, sendCode, takeCode, takePassword } from './logins.ts';
import { historyOf, markRead, takeMessage } from './messages.ts';
import type { Account, Session } from './model.ts';
import type { Answer, ClientFrame, Me, Question, ServerFrame } from './protocol.ts';
import { chatOf, digitsOf, everybody, type Lab, peerOf, setDraft } from './store.ts';
import { dialogView, messageView, peerView } from './views.ts';

/** One page's socket. `session` is null until the page has logged in. */
export type Connection = { desk: Desk; socket: WebSocket; session: Session | null; post: (frame: ServerFrame) => void; page: LoginPage };

export function accountOf({ session, desk, page }: Connection): Account | null {
  return session ? (desk.lab.accounts.get(session.accountId) ?? null) : page.account;
}

export const meOf = ({ id, name }: Account): Me => ({ id, name });

/** Does what one frame of the page asks. Frames that need a login are ignored without one. */
export function handleFrame(connection: Connection, frame: ClientFrame): void {
  const { desk, page } = connection;
  if (frame.t === 'wants_qr') rotateQr(desk, page);
  else if (frame.t === 'phone') sendCode(desk, page, frame.phone);
  else if (frame.t === 'code') takeCode(desk, page, frame.code);
  else if (frame.t === 'password') takePassword(desk, page, frame.password);
  else if (frame.t === 'hello') welcome(connection, frame);
  else handleLoggedIn(connection, frame);
}

function handleLoggedIn(connection: Connection, frame: ClientFrame): void {
  const { desk, session } = connection;
  const account = accountOf(connection);
  if (!session || session.endedBecause || !account) return;
  if (frame.t === 'send') takeSend(connection, account, frame);
  else if (frame.t === 'read') markRead(desk.lab, account.id, frame.peer);
  else if (frame.t === 'draft') setDraft(desk.lab, account.id, frame.peer, { text: frame.text, by: session.id });
  else if (frame.t === 'ask') answerQuestion(connection, account, frame);
}

function welcome(connection: Connection, shown: { sessionId: string; secret: string }): void {
  const { lab } = connection.desk;
  const session = lab.sessions.get(shown.sessionId);
  const account = session && lab.accounts.get(session.accountId);
  if (!session || !account || session.secret !== shown.secret || session.endedBecause) {
    connection.post({ t: 'logged_out' });
    return;
  }
  if (account.faults.connection === 'offline') {
    connection.socket.close(4000, 'offline');
    return;
  }
  connection.session = session;
  emit(lab, { is: 'connected', account: account.id, sessionId: session.id });
  const { syncMs, historyPage } = lab.settings;
  const dialogs = chatsOf(lab, account.id).map((chat) => dialogView(lab, chat));
  connection.post({ t: 'welcome', me: meOf(account), dialogs, syncMs, historyPage });
}

function takeSend(connection: Connection, account: Account, frame: Extract<ClientFrame, { t: 'send' }>): void {
  const { desk, session } = connection;
  const { lab } = desk;
  const { faults } = account;
  const { randomId, peer, text, clientAt, keys } = frame;
  if (spend(faults, 'swallowNext')) return;
  if (spend(faults, 'failNext')) {
    emit(lab, { is: 'failed_send', owner: account.id, peer, randomId, why: 'fault' });
    connection.post({ t: 'nack', randomId });
    return;
  }
  const sent = { owner: account.id, peer, isOut: true, text, clientAt, keys, randomId, via: 'web' as const, sessionId: session?.id ?? null };
  const { message } = takeMessage(lab, sent);
  if (dropsAck(faults, lab.random)) return;
  desk.timers.after(faults.ackDelayMs, () => connection.post({ t: 'ack', randomId, id: message.id, at: message.at }));
}

function answerQuestion(connection: Connection, account: Account, { n, question }: { n: number; question: Question }): void {
  const { desk } = connection;
  const delay = question.is === 'history' ? account.faults.historyDelayMs : 0;
  desk.timers.after(delay, () => connection.post({ t: 'answer', n, answer: answerTo(desk.lab, account, question) }));
}

function answerTo(lab: Lab, account: Account, question: Question): Answer {
  if (question.is === 'history') {
    const { messages, hasMore } = historyOf(chatOf(lab, account.id, question.peer), { before: question.before, count: lab.settings.historyPage });
    return { is: 'history', messages: messages.map(messageView), hasMore };
  }
  if (question.is === 'search') return hitsFor(lab, account, question.text.toLowerCase().replace(/^@/, ''));
  const found = everybody(lab).find((peer) => {
    if (question.is === 'peer') return peer.id === question.id;
    if (question.is === 'domain') return peer.username !== null && peer.username.toLowerCase() === question.name.toLowerCase();
    return peer.phone !== null && peer.phone === digitsOf(question.digits);
  });
  return found ? { is: 'found', dialog: dialogView(lab, chatOf(lab, account.id, found.id)) } : { is: 'nobody' };
}

/** Local hits by name among the dialogs, global ones by username among everybody: who is both stands twice (facts 1, SEARCH). */
function hitsFor(lab: Lab, account: Account, text: string): Answer {
  if (text === '') return { is: 'hits', local: [], global: [] };
  const local = chatsOf(lab, account.id).flatMap((chat) => peerOf(lab, chat.peer) ?? []);
  return {
    is: 'hits',
    local: local.filter((peer) => peer.name.toLowerCase().includes(text) || peer.username?.toLowerCase().includes(text)).map(peerView),
    global: everybody(lab)
      .filter((peer) => peer.username?.toLowerCase().startsWith(text))
      .map(peerView),
  };
}

export function leave({ page, session, desk }: Connection): void {
  page.stopQr();
  if (session) emit(desk.lab, { is: 'disconnected', account: session.accountId, sessionId: session.id });
}
