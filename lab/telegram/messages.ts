import { emit } from '#lab/messenger/event-log.ts';
import type { Via } from '#lab/messenger/model.ts';
import { pageOf } from '#lab/messenger/store.ts';
import type { Chat, Message } from './model.ts';
import { chatOf, type Lab, newRandomId, peerOf } from './store.ts';

export type NewMessage = {
  owner: string;
  peer: string;
  isOut: boolean;
  text: string;
  via: Via;
  randomId?: string;
  clientAt?: number;
  keys?: number[];
  sessionId?: string | null;
};

/** Stores a message once per random id, and gives it to the other side when that is an account of the lab too. */
export function takeMessage(lab: Lab, given: NewMessage): { message: Message; isNew: boolean } {
  const chat = chatOf(lab, given.owner, given.peer);
  const known = given.randomId && chat.messages.find((message) => message.randomId === given.randomId);
  if (known) {
    known.resends += 1;
    return { message: known, isNew: false };
  }
  const message = store(lab, chat, given);
  if (given.isOut && lab.accounts.has(given.peer) && given.peer !== given.owner) {
    store(lab, chatOf(lab, given.peer, given.owner), { ...given, owner: given.peer, peer: given.owner, isOut: false, randomId: undefined });
  }
  return { message, isNew: true };
}

function store(lab: Lab, chat: Chat, given: NewMessage): Message {
  const at = lab.now();
  const message: Message = {
    id: nextId(lab, given),
    owner: given.owner,
    peer: given.peer,
    isOut: given.isOut,
    text: given.text,
    at,
    clientAt: given.clientAt ?? at,
    keys: given.keys ?? [],
    via: given.via,
    sessionId: given.sessionId ?? null,
    randomId: given.randomId ?? newRandomId(),
    isRead: false,
    resends: 0,
  };
  chat.messages.push(message);
  chat.lastAt = at;
  if (!given.isOut) chat.unread += 1;
  emit(lab, { is: 'message', owner: given.owner, peer: given.peer, id: message.id });
  return message;
}

/** A channel counts its own messages, everything else is counted per account: so the same id stands in several conversations. */
function nextId(lab: Lab, { owner, peer }: NewMessage): number {
  const counter = peerOf(lab, peer)?.kind === 'channel' ? `${owner}:${peer}` : owner;
  const id = (lab.lastIds.get(counter) ?? 0) + 1;
  lab.lastIds.set(counter, id);
  return id;
}

/** The owner has seen the chat: its badge goes, and another account of the lab sees its messages as read. */
export function markRead(lab: Lab, owner: string, peer: string): void {
  const chat = chatOf(lab, owner, peer);
  if (chat.unread === 0) return;
  chat.unread = 0;
  emit(lab, { is: 'chat', owner, peer });
  if (lab.accounts.has(peer)) markOwnRead(lab, peer, owner);
}

/** The other side has read what the owner wrote. */
export function markOwnRead(lab: Lab, owner: string, peer: string): void {
  const unread = chatOf(lab, owner, peer).messages.filter((message) => message.isOut && !message.isRead);
  for (const message of unread) message.isRead = true;
  if (unread.length > 0) emit(lab, { is: 'read', owner, peer });
}

/** One page of a chat, oldest first, that ends before the id `before` (or at the newest message). */
export function historyOf({ messages }: Chat, page: { before: number | null; count: number }): { messages: Message[]; hasMore: boolean } {
  const { before, count } = page;
  return pageOf(messages, { end: before === null ? null : messages.findIndex((message) => message.id === before), count });
}
