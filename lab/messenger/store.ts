import type { EventLog } from './event-log.ts';

/** What one account sees of one peer. `Kept` is how the messenger keeps the messages there: whole, or by their ids. */
export type Chat<Kept> = { owner: string; peer: string; messages: Kept[]; unread: number; draft: string; lastAt: number };

/** What the lab of every messenger knows. Plain maps: the functions of the messenger's own store are the only ones that change them. */
export type Store<Settings, Account, Peer, OneChat, Event> = EventLog<Event> & {
  settings: Settings;
  accounts: Map<string, Account>;
  peers: Map<string, Peer>;
  /** Key: `owner:peer`. */
  chats: Map<string, OneChat>;
  random: () => number;
};

export type Clock = { now?: () => number; random?: () => number };

export function createStore<Settings, Account, Peer, OneChat, Event>(
  settings: Settings,
  clock: Clock,
): Store<Settings, Account, Peer, OneChat, Event> {
  return {
    settings: structuredClone(settings),
    accounts: new Map(),
    peers: new Map(),
    chats: new Map(),
    events: [],
    listeners: new Set(),
    now: clock.now ?? Date.now,
    random: clock.random ?? Math.random,
  };
}

export function chatAt<OneChat extends Chat<unknown>>(chats: Map<string, OneChat>, fresh: OneChat): OneChat {
  const key = `${fresh.owner}:${fresh.peer}`;
  const known = chats.get(key);
  if (known) return known;
  chats.set(key, fresh);
  return fresh;
}

/** What stands in the owner's list, newest first: something was said there, or somebody has begun to write. */
export function chatsOf<OneChat extends Chat<unknown>>({ chats }: { chats: Map<string, OneChat> }, owner: string): OneChat[] {
  return [...chats.values()]
    .filter((chat) => chat.owner === owner && (chat.messages.length > 0 || chat.draft !== ''))
    .sort((a, b) => b.lastAt - a.lastAt);
}

/** A chat with a draft moves up in its owner's list. */
export function keepDraft(chat: Chat<unknown>, text: string, now: number): void {
  chat.draft = text;
  if (text !== '') chat.lastAt = Math.max(chat.lastAt, now);
}

/** One page of messages, oldest first, that ends before the place `end`: null is the newest message, -1 one that is not there. */
export function pageOf<Kept>(messages: Kept[], page: { end: number | null; count: number }): { messages: Kept[]; hasMore: boolean } {
  const end = Math.max(0, page.end ?? messages.length);
  const start = Math.max(0, end - page.count);
  return { messages: messages.slice(start, end), hasMore: start > 0 };
}
