import type { Chat, Message } from './model.ts';
import { otherSide } from './model.ts';
import type { ChatRow, MessageView } from './protocol.ts';
import type { Lab } from './store.ts';
import { lidOf } from './store.ts';

/** "+49 151 23456789": the way an unsaved number is shown. Not the national grouping, only readable groups. */
export function prettyPhone(number: string): string {
  const [, country = '', area = '', rest = ''] = /^(1|7|[2-9]\d)(\d{3})(\d+)$/.exec(number) ?? [];
  return country ? `+${country} ${area} ${rest}` : `+${number}`;
}

export function nameOf(lab: Lab, number: string): string | null {
  const known = lab.accounts.get(number) ?? lab.peers.get(number);
  return known?.saved ? known.name : null;
}

/** Chat titles carry direction marks in the real page (facts 2, Row title): U+202A..U+202C around numbers, U+200E before names. */
export function titleOf(lab: Lab, number: string): string {
  const name = nameOf(lab, number);
  return name === null ? `\u202a${prettyPhone(number)}\u202c` : `\u200e${name}`;
}

export function messageView(lab: Lab, owner: string, message: Message): MessageView {
  const quoted = message.quotes === null ? undefined : lab.messages.get(message.quotes);
  const other = otherSide(message, owner);
  return {
    id: message.id,
    isGroup: message.group !== null,
    chat: lidOf(lab, other),
    wid: widOf(other, message.group !== null),
    file: message.file,
    out: message.from === owner,
    author: authorName(lab, message.from),
    kind: message.kind,
    text: message.text,
    at: message.at,
    status: message.from === owner ? message.status : null,
    quoted: quoted ? { author: quoted.from === owner ? 'You' : authorName(lab, quoted.from), text: quoted.text } : null,
  };
}

/** `data-pre-plain-text` names the author as the address book or the author's own profile does. */
function authorName(lab: Lab, number: string): string {
  return lab.accounts.get(number)?.name ?? nameOf(lab, number) ?? prettyPhone(number);
}

const widOf = (number: string, isGroup: boolean): string => `${number}@${isGroup ? 'g' : 'c'}.us`;

/** A chat as the account's own phone lists it, by number. */
export function phoneChat(lab: Lab, chat: Chat): { number: string; title: string; unread: number; draft: string; last: Message | null } {
  const title = nameOf(lab, chat.peer) ?? prettyPhone(chat.peer);
  return { number: chat.peer, title, unread: chat.unread, draft: chat.draft, last: lab.messages.get(chat.messages.at(-1) ?? '') ?? null };
}

export function chatRow(lab: Lab, chat: Chat): ChatRow {
  const last = lab.messages.get(chat.messages.at(-1) ?? '');
  const id = lidOf(lab, chat.peer);
  return {
    id,
    members: membersOf(lab, chat),
    wid: widOf(chat.peer, lab.peers.get(chat.peer)?.members !== undefined),
    title: titleOf(lab, chat.peer),
    lastAt: chat.lastAt,
    unread: chat.unread,
    draft: chat.draft,
    isMuted: chat.isMuted,
    isSelf: chat.owner === chat.peer,
    hasMessages: chat.messages.length > 0,
    preview: last ? { text: last.text, kind: last.kind, status: last.from === chat.owner ? last.status : null } : null,
    hidesPreview: Number(id.slice(13, 15)) / 100 < lab.settings.blankPreviewShare,
  };
}

/** As the header lists them: the others, then oneself (facts 2, Group detection: a line with commas). */
function membersOf(lab: Lab, chat: Chat): string[] | null {
  const members = lab.peers.get(chat.peer)?.members;
  return members ? [...members.map((number) => nameOf(lab, number) ?? prettyPhone(number)), 'You'] : null;
}
