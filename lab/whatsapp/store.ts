import { createHash, randomBytes } from 'node:crypto';
import type { Account, Chat, Device, Message, Peer, Settings, StoredFile } from './model.ts';
import { defaultSettings, noFaults } from './model.ts';

/** Something that happened, for whoever listens: connections, scripted peers, phones, the event log of the control API. */
export type LabEvent =
  | { is: 'message'; id: string; from: string; to: string }
  | { is: 'status'; id: string; from: string; to: string; status: string }
  | { is: 'failed_send'; number: string; id: string; why: string }
  | { is: 'chat'; owner: string; peer: string }
  | { is: 'draft'; owner: string; peer: string; by: string | null }
  | { is: 'account'; number: string }
  | { is: 'linked'; number: string; deviceId: string }
  | { is: 'logged_out'; number: string; deviceId: string; why: string }
  | { is: 'connected' | 'disconnected'; number: string; deviceId: string }
  | { is: 'qr'; shown: number }
  | { is: 'reset' };
export type NumberedEvent = LabEvent & { seq: number; at: number };

/** Everything the lab knows. Plain maps: the functions beside it are the only ones that change them. */
export type Lab = {
  settings: Settings;
  accounts: Map<string, Account>;
  peers: Map<string, Peer>;
  devices: Map<string, Device>;
  /** In the order in which the server took them. */
  messages: Map<string, Message>;
  /** Key: `owner:peer`. */
  chats: Map<string, Chat>;
  lids: Map<string, string>;
  /** Files that pages have handed over, by id. Not kept across restarts. */
  files: Map<string, { file: StoredFile; content: Buffer }>;
  /** Stored messages whose acknowledgement was dropped: their ticks are withheld until the page sends them again. */
  unacked: Set<string>;
  events: NumberedEvent[];
  listeners: Set<(event: NumberedEvent) => void>;
  now: () => number;
  random: () => number;
};

/** The log keeps this many events; the control API reads them by number. */
const keptEvents = 5000;

export function createLab(clock: { now?: () => number; random?: () => number } = {}): Lab {
  return {
    settings: structuredClone(defaultSettings),
    accounts: new Map(),
    peers: new Map(),
    devices: new Map(),
    messages: new Map(),
    chats: new Map(),
    lids: new Map(),
    files: new Map(),
    unacked: new Set(),
    events: [],
    listeners: new Set(),
    now: clock.now ?? Date.now,
    random: clock.random ?? Math.random,
  };
}

export function emit(lab: Lab, event: LabEvent): void {
  const numbered = { ...event, seq: (lab.events.at(-1)?.seq ?? 0) + 1, at: lab.now() };
  lab.events.push(numbered);
  if (lab.events.length > keptEvents) lab.events.splice(0, lab.events.length - keptEvents);
  for (const listener of [...lab.listeners]) listener(numbered);
}

/** Digits only; `null` when that leaves no number a phone could have (E.164: up to 15 digits). */
export function digitsOf(text: string): string | null {
  const digits = text.replace(/\D/g, '').replace(/^00/, '');
  return digits.length >= 7 && digits.length <= 15 ? digits : null;
}

export function putAccount(lab: Lab, given: Partial<Account> & { number: string; name: string }): Account {
  const known = lab.accounts.get(given.number);
  const fresh = { saved: true, restrictedUntil: null, newChatLimit: null, asksPasskey: false, showsNews: false, faults: { ...noFaults } };
  const account = { ...(known ?? fresh), ...given };
  lab.accounts.set(given.number, account);
  emit(lab, { is: 'account', number: given.number });
  return account;
}

export function putPeer(lab: Lab, given: Partial<Peer> & { number: string; name: string }): Peer {
  const fresh = {
    saved: true,
    onWhatsApp: true,
    deliveredAfterMs: 150,
    readsAfterMs: null,
    repliesWith: null,
    replyAfterMs: 1500,
    repliesTimes: 1,
  };
  const peer = { ...(lab.peers.get(given.number) ?? fresh), ...given };
  lab.peers.set(given.number, peer);
  return peer;
}

export function putFile(lab: Lab, { name, mimeType, content }: { name: string; mimeType: string; content: Buffer }): StoredFile {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const file = { id: randomBytes(8).toString('hex'), name, mimeType, size: content.length, sha256 };
  lab.files.set(file.id, { file, content });
  return file;
}

/** Whether messages can be addressed to this number. */
export function isOnWhatsApp(lab: Lab, number: string): boolean {
  if (lab.accounts.has(number)) return true;
  return lab.peers.get(number)?.onWhatsApp ?? lab.settings.unknownNumbers === 'present';
}

export function chatOf(lab: Lab, owner: string, peer: string): Chat {
  const key = `${owner}:${peer}`;
  const known = lab.chats.get(key);
  if (known) return known;
  const chat = { owner, peer, messages: [], unread: 0, draft: '', lastAt: 0, isMuted: false };
  lab.chats.set(key, chat);
  return chat;
}

/** What stands in the owner's list, newest first: something was said there, or somebody has begun to write. */
export function chatsOf(lab: Lab, owner: string): Chat[] {
  return [...lab.chats.values()]
    .filter((chat) => chat.owner === owner && (chat.messages.length > 0 || chat.draft !== ''))
    .sort((a, b) => b.lastAt - a.lastAt);
}

/** Pages never see numbers in attributes: a chat is known by an opaque id (facts 0.1, LID migration). */
export function lidOf(lab: Lab, number: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const char of `lid ${number}`) hash = BigInt.asUintN(64, (hash ^ BigInt(char.charCodeAt(0))) * 0x100000001b3n);
  const lid = `${(hash % 10n ** 15n).toString().padStart(15, '1')}@lid`;
  lab.lids.set(lid, number);
  return lid;
}

export function setDraft(lab: Lab, owner: string, peer: string, draft: { text: string; by: string | null }): void {
  const chat = chatOf(lab, owner, peer);
  chat.draft = draft.text;
  if (draft.text !== '') chat.lastAt = Math.max(chat.lastAt, lab.now());
  emit(lab, { is: 'draft', owner, peer, by: draft.by });
}

/** Ids of messages that no page wrote: 32 hex digits (facts 0.1: 20-32), and nothing in them tells the direction (facts 2.4). */
export function newMessageId(): string {
  return randomBytes(16).toString('hex').toUpperCase();
}

export function resetLab(lab: Lab): void {
  for (const map of [lab.accounts, lab.peers, lab.devices, lab.messages, lab.chats, lab.files, lab.unacked]) map.clear();
  lab.settings = structuredClone(defaultSettings);
  lab.events.length = 0;
  emit(lab, { is: 'reset' });
}
