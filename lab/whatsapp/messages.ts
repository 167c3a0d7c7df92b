import { emit } from '#lab/messenger/event-log.ts';
import type { Via } from '#lab/messenger/model.ts';
import { pageOf } from '#lab/messenger/store.ts';
import type { Account, Chat, Kind, Message, Status, StoredFile } from './model.ts';
import { otherSide } from './model.ts';
import type { Lab } from './store.ts';
import { chatOf, isOnWhatsApp, newMessageId } from './store.ts';

export type NewMessage = {
  id?: string;
  from: string;
  to: string;
  text: string;
  kind?: Kind;
  group?: string | null;
  file?: StoredFile | null;
  quotes?: string | null;
  clientAt?: number;
  keys?: number[];
  via: Via;
  deviceId?: string | null;
};

/** Stores a message once per id, whatever the number of attempts, and puts it into the chats of those who have an account here. */
export function takeMessage(lab: Lab, given: NewMessage): { message: Message; isNew: boolean } {
  const id = given.id ?? newMessageId();
  const known = lab.messages.get(id);
  if (known) {
    known.resends += 1;
    return { message: known, isNew: false };
  }
  const at = lab.now();
  const message: Message = {
    id,
    from: given.from,
    to: given.to,
    group: given.group ?? (lab.peers.get(given.to)?.members ? given.to : null),
    kind: given.kind ?? 'text',
    text: given.text,
    file: given.file ?? null,
    quotes: given.quotes ?? null,
    at,
    clientAt: given.clientAt ?? at,
    keys: given.keys ?? [],
    via: given.via,
    deviceId: given.deviceId ?? null,
    status: 'sent',
    deliveredAt: null,
    readAt: null,
    resends: 0,
  };
  lab.messages.set(id, message);
  if (lab.accounts.has(message.from)) fileInto(chatOf(lab, message.from, otherSide(message, message.from)), message);
  if (lab.accounts.has(message.to) && message.to !== message.from) fileInto(chatOf(lab, message.to, otherSide(message, message.to)), message);
  countForDevices(lab, message);
  emit(lab, { is: 'message', id, from: message.from, to: message.to });
  return { message, isNew: true };
}

function fileInto(chat: Chat, message: Message): void {
  chat.messages.push(message.id);
  chat.lastAt = message.at;
  if (message.from !== chat.owner) chat.unread += 1;
}

/** Each linked browser has one more message to process, except the one that wrote it. */
function countForDevices(lab: Lab, message: Message): void {
  for (const device of lab.devices.values()) {
    const concerns = device.number === message.from || device.number === message.to;
    if (concerns && !device.loggedOutBecause && device.id !== message.deviceId) device.backlog += 1;
  }
}

const rungs: Status[] = ['sent', 'delivered', 'read'];

/** Ticks only climb. */
export function raiseStatus(lab: Lab, message: Message, status: Status): void {
  if (rungs.indexOf(status) <= rungs.indexOf(message.status)) return;
  message.status = status;
  message.deliveredAt ??= lab.now();
  if (status === 'read') message.readAt = lab.now();
  emit(lab, { is: 'status', id: message.id, from: message.from, to: message.to, status });
}

/** The owner has seen the chat: the badge goes, the other side gets blue ticks. */
export function markRead(lab: Lab, owner: string, peer: string): void {
  const chat = chatOf(lab, owner, peer);
  if (chat.unread === 0) return;
  chat.unread = 0;
  for (const id of chat.messages) {
    const message = lab.messages.get(id);
    if (message && message.to === owner) raiseStatus(lab, message, 'read');
  }
  emit(lab, { is: 'chat', owner, peer });
}

/** Nobody has written in this chat yet: what the reach-out timelock bars. */
export function isNewChat(lab: Lab, owner: string, peer: string): boolean {
  return (lab.chats.get(`${owner}:${peer}`)?.messages.length ?? 0) === 0;
}

const dayMs = 86_400_000;

/**
 * Why the server refuses a send, or null. `463` is the reach-out timelock (facts 0.7): only new chats are barred. An account with a
 * `newChatLimit` restricts itself for a day once it has started that many chats (facts: 30-40 new users, then 24 h).
 */
export function refusal(lab: Lab, account: Account, to: string): '463' | 'not_on_whatsapp' | null {
  if (!isOnWhatsApp(lab, to)) return 'not_on_whatsapp';
  if (!isNewChat(lab, account.number, to)) return null;
  if (account.restrictedUntil !== null && account.restrictedUntil > lab.now()) return '463';
  if (account.newChatLimit === null) return null;
  if (account.newChatLimit > 0) {
    account.newChatLimit -= 1;
    return null;
  }
  account.restrictedUntil = lab.now() + dayMs;
  emit(lab, { is: 'account', number: account.number });
  return '463';
}

/** One page of a chat, oldest first, that ends before `before` (or at the newest message). */
export function historyOf(lab: Lab, chat: Chat, page: { before: string | null; count: number }): { messages: Message[]; hasMore: boolean } {
  const { messages, hasMore } = pageOf(chat.messages, { end: page.before === null ? null : chat.messages.indexOf(page.before), count: page.count });
  return { messages: messages.flatMap((id) => lab.messages.get(id) ?? []), hasMore };
}
