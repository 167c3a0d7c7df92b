import type { ChatRow, MessageView } from '#lab/whatsapp/protocol.ts';
import type { Unsent } from './saved.ts';
import { removeUnsent, saveUnsent } from './saved.ts';
import type { State } from './state.ts';
import { tell, unsentView } from './state.ts';

/**
 * Sending. The bubble stands at once, pending and with its final id; the message goes into the outbox and then to the server. What the
 * server has not acknowledged is sent again, under the same id, at the next connection or load: closing the browser does not unsend it.
 */
type Written = Pick<Unsent, 'chat' | 'title' | 'text' | 'keys'> & Partial<Pick<Unsent, 'kind' | 'file' | 'quotes'>>;

export function sendMessage(state: State, written: Written): void {
  const given = { kind: 'text' as const, file: null, quotes: null, ...written };
  const unsent: Unsent = { ...given, id: newId(), clientAt: Date.now(), counter: state.session.counter + 1, state: 'waiting' };
  state.session.counter = unsent.counter;
  state.unsent.set(unsent.id, unsent);
  state.rows.set(given.chat, withUnsent(state.rows.get(given.chat) ?? emptyRow(given), unsent));
  tell(state, { is: 'thread', chat: given.chat, grew: 'newest' });
  tell(state, { is: 'rows' });
  void saveUnsent(unsent, state.session).then(() => transmit(state, unsent));
}

/** `3EB0` and 16 hex digits: 20 characters, final from the start (facts 0.1). */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `3EB0${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`.toUpperCase();
}

function transmit(state: State, { id, chat, text, kind, file, quotes, clientAt, keys, counter }: Unsent): void {
  const ids = { file: file?.id ?? null, quotes: quotes?.id ?? null };
  if (state.isOnline) state.wire.send({ t: 'send', id, chat, text, kind, ...ids, clientAt, keys, counter });
}

/** Gives what is not sent yet its place in a chat list that has just been loaded. */
export function placeUnsent(state: State): void {
  for (const unsent of state.unsent.values()) state.rows.set(unsent.chat, withUnsent(state.rows.get(unsent.chat) ?? emptyRow(unsent), unsent));
}

/** After each log-in of the socket: everything that waits, oldest first. */
export function resend(state: State): void {
  for (const unsent of state.unsent.values()) if (unsent.state === 'waiting') transmit(state, unsent);
}

type Outcome = { is: 'stored'; at: number; status: NonNullable<MessageView['status']> } | { is: 'refused' };

/** The server has stored or refused it. */
export function settle(state: State, id: string, outcome: Outcome): void {
  const unsent = state.unsent.get(id);
  if (!unsent) return;
  if (outcome.is === 'refused') {
    unsent.state = 'failed';
    void saveUnsent(unsent, state.session);
    tell(state, { is: 'status', chat: unsent.chat, id });
    return;
  }
  state.unsent.delete(id);
  void removeUnsent(id);
  const thread = state.threads.get(unsent.chat);
  const known = thread?.messages.find((message) => message.id === id);
  if (known) known.status = outcome.status;
  else thread?.messages.push({ ...unsentView(state, unsent), at: outcome.at, status: outcome.status });
  tell(state, { is: 'status', chat: unsent.chat, id });
  tell(state, { is: 'rows' });
}

/** A chat in which nothing has been said yet. */
export function emptyRow({ chat, title }: { chat: string; title: string }): ChatRow {
  const none = { lastAt: 0, unread: 0, draft: '', isMuted: false, isSelf: false, hasMessages: false, preview: null, hidesPreview: false };
  return { id: chat, title, ...none, members: null, wid: chat };
}

function withUnsent(row: ChatRow, unsent: Unsent): ChatRow {
  return { ...row, lastAt: Math.max(row.lastAt, unsent.clientAt), preview: { text: unsent.text, kind: unsent.kind, status: 'sent' }, draft: '' };
}
