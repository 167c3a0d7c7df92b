import type { ChatRow, MessageView, ServerFrame } from '#lab/whatsapp/protocol.ts';
import { placeUnsent, resend, settle } from './outbox.ts';
import { saveCounter, saveRows } from './saved.ts';
import type { State, Thread } from './state.ts';
import { tell } from './state.ts';

/** Takes the frames of a logged-in page into its state. */
export function applyFrame(state: State, frame: ServerFrame): void {
  switch (frame.t) {
    case 'welcome':
      welcome(state, frame);
      return;
    case 'message':
      advance(state, 1);
      putRow(state, frame.row);
      addMessage(state, frame.row.id, frame.message);
      return;
    case 'row':
      putRow(state, frame.row);
      return;
    case 'ack':
      settle(state, frame.id, { is: 'stored', at: frame.at, status: frame.status });
      return;
    case 'nack':
      settle(state, frame.id, { is: 'refused' });
      return;
    case 'status':
      setStatus(state, frame);
      return;
    case 'draft':
      putDraft(state, frame.row);
      return;
    case 'notices':
      state.notices = frame.notices;
      tell(state, { is: 'notices' });
      return;
    case 'freeze_page':
      freeze(frame.ms);
      return;
  }
}

function welcome(state: State, frame: Extract<ServerFrame, { t: 'welcome' }>): void {
  state.me = frame.me;
  state.notices = frame.notices;
  state.contacts = frame.contacts;
  state.isOnline = true;
  state.rows = new Map(frame.chats.map((row) => [row.id, row]));
  state.threads.clear();
  state.session.counter = Math.max(state.session.counter, frame.counter);
  advance(state, frame.backlog);
  placeUnsent(state);
  resend(state);
  tell(state, { is: 'rows' });
  tell(state, { is: 'notices' });
  if (state.openChat !== null) void loadThread(state, state.openChat);
  saveRows(() => [...state.rows.values()]);
}

/** The ratchet moves before the server is told: after a kill the browser may be ahead of the server, never behind. */
function advance(state: State, by: number): void {
  const counter = state.session.counter + by;
  void saveCounter(state.session, counter).then(() => state.wire.send({ t: 'received', count: by, counter: state.session.counter }));
}

function putRow(state: State, row: ChatRow): void {
  state.rows.set(row.id, row);
  if (row.id === state.openChat && row.unread > 0 && !document.hidden) state.wire.send({ t: 'read', chat: row.id });
  tell(state, { is: 'rows' });
  saveRows(() => [...state.rows.values()]);
}

function addMessage(state: State, chat: string, message: MessageView): void {
  const thread = state.threads.get(chat);
  if (!thread || thread.messages.some((known) => known.id === message.id)) return;
  thread.messages.push(message);
  tell(state, { is: 'thread', chat, grew: 'newest' });
}

function setStatus(state: State, { chat, id, status }: Extract<ServerFrame, { t: 'status' }>): void {
  const message = state.threads.get(chat)?.messages.find((known) => known.id === id);
  if (message) message.status = status;
  tell(state, { is: 'status', chat, id });
  const row = state.rows.get(chat);
  if (!row?.preview) return;
  const isLast = state.threads.get(chat)?.messages.at(-1)?.id === id;
  if (isLast) row.preview.status = status;
  tell(state, { is: 'rows' });
}

function putDraft(state: State, row: ChatRow): void {
  state.rows.set(row.id, row);
  tell(state, { is: 'draft', chat: row.id, text: row.draft });
  tell(state, { is: 'rows' });
}

/** Fetches the newest page of a chat, or the page before what is loaded. */
export async function loadThread(state: State, chat: string): Promise<void> {
  const known = state.threads.get(chat);
  if (known?.isLoading) return;
  const thread: Thread = known ?? { messages: [], hasMore: false, isLoading: false };
  thread.isLoading = true;
  state.threads.set(chat, thread);
  const before = thread.messages[0]?.id ?? null;
  const answer = await state.wire.ask({ is: 'history', chat, before });
  thread.isLoading = false;
  if (answer.is !== 'history' || state.threads.get(chat) !== thread) return;
  const present = new Set(thread.messages.map((message) => message.id));
  thread.messages.unshift(...answer.messages.filter((message) => !present.has(message.id)));
  thread.hasMore = answer.hasMore;
  tell(state, { is: 'thread', chat, grew: before === null ? 'all' : 'older' });
}

/** The page's own script stalls, as in a long history (facts 4: a 6 s stall). */
function freeze(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
