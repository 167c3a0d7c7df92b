import { randomBytes } from 'node:crypto';
import { emit, type Numbered } from '#lab/messenger/event-log.ts';
import { type Clock, chatAt, createStore, keepDraft, type Store } from '#lab/messenger/store.ts';
import { type Account, type Chat, defaultSettings, type Message, noFaults, type Peer, type PeerKind, type Session, type Settings } from './model.ts';

/** Something that happened, for whoever listens: connections, scripted peers, the event log of the control API. */
export type LabEvent =
  | { is: 'message'; owner: string; peer: string; id: number }
  | { is: 'read'; owner: string; peer: string }
  | { is: 'chat'; owner: string; peer: string }
  | { is: 'draft'; owner: string; peer: string; by: string | null }
  | { is: 'failed_send'; owner: string; peer: string; randomId: string; why: string }
  | { is: 'account'; account: string }
  | { is: 'code'; account: string; code: string }
  | { is: 'logged_in' | 'connected' | 'disconnected'; account: string; sessionId: string }
  | { is: 'logged_out'; account: string; sessionId: string; why: string }
  | { is: 'reset' };
export type NumberedEvent = Numbered<LabEvent>;

/** Everything the lab knows. */
type Common = Store<Settings, Account, Peer, Chat, LabEvent>;
export type Lab = Common & {
  sessions: Map<string, Session>;
  /** The last id that was given out, per account or channel. */
  lastIds: Map<string, number>;
};

export function createLab(clock: Clock = {}): Lab {
  const common: Common = createStore(defaultSettings, clock);
  return { ...common, sessions: new Map(), lastIds: new Map() };
}

export const digitsOf = (text: string): string => text.replace(/\D/g, '');

export function putAccount(lab: Lab, given: Partial<Account> & { id: string }): Account {
  const fresh = { phone: given.id, name: given.id, username: null, password: null, isNew: false, faults: { ...noFaults } };
  const account = { ...(lab.accounts.get(given.id) ?? fresh), ...given };
  lab.accounts.set(given.id, account);
  emit(lab, { is: 'account', account: given.id });
  return account;
}

export function putPeer(lab: Lab, given: Partial<Peer> & { id: string }): Peer {
  const fresh = {
    kind: kindOf(given.id),
    isClosed: false,
    name: given.id,
    username: null,
    phone: null,
    readsAfterMs: null,
    repliesWith: null,
    replyAfterMs: 1500,
  };
  const peer = { ...(lab.peers.get(given.id) ?? fresh), ...given };
  lab.peers.set(given.id, peer);
  return peer;
}

/** Channels begin with -100, groups with a minus. */
const kindOf = (id: string): PeerKind => {
  if (id.startsWith('-100')) return 'channel';
  return id.startsWith('-') ? 'group' : 'user';
};

/** A peer by its id; another account of the lab is a user like any other. */
export function peerOf(lab: Lab, id: string): Peer | null {
  const known = lab.peers.get(id);
  if (known) return known;
  const account = lab.accounts.get(id);
  if (!account) return null;
  const { name, username, phone } = account;
  return { id, kind: 'user', isClosed: false, name, username, phone, readsAfterMs: null, repliesWith: null, replyAfterMs: 0 };
}

/** Everybody that can be found: scripted peers and accounts. */
export const everybody = (lab: Lab): Peer[] => [...new Set([...lab.peers.keys(), ...lab.accounts.keys()])].flatMap((id) => peerOf(lab, id) ?? []);

export function chatOf(lab: Lab, owner: string, peer: string): Chat {
  return chatAt(lab.chats, { owner, peer, messages: [], unread: 0, draft: '', lastAt: 0 });
}

export const allMessages = (lab: Lab): Message[] => [...lab.chats.values()].flatMap((chat) => chat.messages).sort((a, b) => a.at - b.at);

export function setDraft(lab: Lab, owner: string, peer: string, draft: { text: string; by: string | null }): void {
  keepDraft(chatOf(lab, owner, peer), draft.text, lab.now());
  emit(lab, { is: 'draft', owner, peer, by: draft.by });
}

export const newRandomId = (): string => randomBytes(8).readBigInt64LE().toString();

export function resetLab(lab: Lab): void {
  for (const map of [lab.accounts, lab.peers, lab.sessions, lab.chats, lab.lastIds]) map.clear();
  lab.settings = structuredClone(defaultSettings);
  lab.events.length = 0;
  emit(lab, { is: 'reset' });
}
