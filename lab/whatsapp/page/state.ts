import type { ChatRow, Contact, Me, MessageView, Notices } from '#lab/whatsapp/protocol.ts';
import type { Session, Unsent } from './saved.ts';
import type { Wire } from './wire.ts';

/** What the logged-in page knows. Views read it and are told when a part has changed. */
export type Thread = { messages: MessageView[]; hasMore: boolean; isLoading: boolean };
export type State = {
  session: Session;
  me: Me;
  wire: Wire;
  rows: Map<string, ChatRow>;
  contacts: Contact[];
  threads: Map<string, Thread>;
  unsent: Map<string, Unsent>;
  notices: Notices;
  isOnline: boolean;
  openChat: string | null;
  listeners: Set<(change: Change) => void>;
};
export type Change =
  | { is: 'rows' }
  | { is: 'opened'; chat: string }
  | { is: 'thread'; chat: string; grew: 'newest' | 'older' | 'all' }
  | { is: 'status'; chat: string; id: string }
  | { is: 'draft'; chat: string; text: string }
  | { is: 'notices' };

export function tell(state: State, change: Change): void {
  for (const listener of [...state.listeners]) listener(change);
}

/** Chats by the time of their last message; a chat that holds only unsent messages stands where these belong. */
export function sortedRows(state: State): ChatRow[] {
  return [...state.rows.values()].filter((row) => row.preview !== null || row.draft !== '').sort((a, b) => b.lastAt - a.lastAt);
}

/** The messages of a chat as they are shown: what the server has, then what it has not acknowledged yet. */
export function shownMessages(state: State, chat: string): MessageView[] {
  const own = [...state.unsent.values()].filter((unsent) => unsent.chat === chat);
  const waiting = new Set(own.map((unsent) => unsent.id));
  const stored = (state.threads.get(chat)?.messages ?? []).filter((message) => !waiting.has(message.id));
  return [...stored, ...own.map((unsent) => unsentView(state, unsent))];
}

export function unsentView(state: State, unsent: Unsent): MessageView {
  const { id, chat, kind, text, file, quotes: quoted } = unsent;
  const row = state.rows.get(chat);
  const status = unsent.state === 'failed' ? 'failed' : 'pending';
  const place = { chat, wid: row?.wid ?? chat, isGroup: Boolean(row?.members) };
  return { id, ...place, out: true, author: state.me.name, kind, file, text, at: unsent.clientAt, status, quoted };
}

/** Nothing was ever said in it, here or there. */
export function isNewChat(state: State, chat: string): boolean {
  const hasUnsent = [...state.unsent.values()].some((unsent) => unsent.chat === chat);
  return !state.rows.get(chat)?.hasMessages && !hasUnsent;
}

export function isRestricted(state: State): boolean {
  return state.notices.restrictedUntil !== null && state.notices.restrictedUntil > Date.now();
}
