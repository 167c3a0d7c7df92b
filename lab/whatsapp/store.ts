import { createHash, randomBytes } from 'node:crypto';
import { emit, type Numbered } from '#lab/messenger/event-log.ts';
import { type Clock, chatAt, createStore, keepDraft, type Store } from '#lab/messenger/store.ts';
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
export type NumberedEvent = Numbered<LabEvent>;

/** Everything the lab knows. */
type Common = Store<Settings, Account, Peer, Chat, LabEvent>;
export type Lab = Common & {
  devices: Map<string, Device>;
  /** In the order in which the server took them. */
  messages: Map<string, Message>;
  lids: Map<string, string>;
  /** Files that pages have handed over, by id. Not kept across restarts. */
  files: Map<string, { file: StoredFile; content: Buffer }>;
  /** Stored messages whose acknowledgement was dropped: their ticks are withheld until the page sends them again. */
  unacked: Set<string>;
};

export function createLab(clock: Clock = {}): Lab {
  const common: Common = createStore(defaultSettings, clock);
  return { ...common, devices: new Map(), messages: new Map(), lids: new Map(), files: new Map(), unacked: new Set() };
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
  return chatAt(lab.chats, { owner, peer, messages: [], unread: 0, draft: '', lastAt: 0, isMuted: false });
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
  keepDraft(chatOf(lab, owner, peer), draft.text, lab.now());
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
