import { randomBytes } from 'node:crypto';
import {
  type Account,
  type Dialog,
  defaultSettings,
  type Message,
  noFaults,
  type Peer,
  type PeerKind,
  type Session,
  type Settings,
} from './model.ts';

/** Something that happened, for whoever listens: connections, scripted peers, the event log of the control API. */
export type LabEvent =
  | { is: 'message'; owner: string; peer: string; id: number }
  | { is: 'read'; owner: string; peer: string }
  | { is: 'dialog'; owner: string; peer: string }
  | { is: 'draft'; owner: string; peer: string; by: string | null }
  | { is: 'failed_send'; owner: string; peer: string; randomId: string; why: string }
  | { is: 'account'; account: string }
  | { is: 'code'; account: string; code: string }
  | { is: 'logged_in' | 'connected' | 'disconnected'; account: string; sessionId: string }
  | { is: 'logged_out'; account: string; sessionId: string; why: string }
  | { is: 'reset' };
export type NumberedEvent = LabEvent & { seq: number; at: number };

/** Everything the lab knows. Plain maps: the functions beside it are the only ones that change them. */
export type Lab = {
  settings: Settings;
  accounts: Map<string, Account>;
  peers: Map<string, Peer>;
  sessions: Map<string, Session>;
  /** Key: `owner:peer`. */
  dialogs: Map<string, Dialog>;
  /** The last id that was given out, per account or channel. */
  lastIds: Map<string, number>;
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
    sessions: new Map(),
    dialogs: new Map(),
    lastIds: new Map(),
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

export const digitsOf = (text: string): string => text.replace(/\D/g, '');

export function putAccount(lab: Lab, given: Partial<Account> & { id: string }): Account {
  const fresh = { phone: given.id, name: given.id, username: null, password: null, isNew: false, faults: { ...noFaults } };
  const account = { ...(lab.accounts.get(given.id) ?? fresh), ...given };
  lab.accounts.set(given.id, account);
  emit(lab, { is: 'account', account: given.id });
  return account;
}

export function putPeer(lab: Lab, given: Partial<Peer> & { id: string }): Peer {
  const fresh = { kind: kindOf(given.id), name: given.id, username: null, phone: null, readsAfterMs: null, repliesWith: null, replyAfterMs: 1500 };
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
  return { id, kind: 'user', name, username, phone, readsAfterMs: null, repliesWith: null, replyAfterMs: 0 };
}

/** Everybody that can be found: scripted peers and accounts. */
export const everybody = (lab: Lab): Peer[] => [...new Set([...lab.peers.keys(), ...lab.accounts.keys()])].flatMap((id) => peerOf(lab, id) ?? []);

export function dialogOf(lab: Lab, owner: string, peer: string): Dialog {
  const key = `${owner}:${peer}`;
  const known = lab.dialogs.get(key);
  if (known) return known;
  const dialog = { owner, peer, messages: [], unread: 0, draft: '', lastAt: 0 };
  lab.dialogs.set(key, dialog);
  return dialog;
}

/** What stands in the owner's list, newest first. */
export function dialogsOf(lab: Lab, owner: string): Dialog[] {
  return [...lab.dialogs.values()]
    .filter((dialog) => dialog.owner === owner && (dialog.messages.length > 0 || dialog.draft !== ''))
    .sort((a, b) => b.lastAt - a.lastAt);
}

export const allMessages = (lab: Lab): Message[] => [...lab.dialogs.values()].flatMap((dialog) => dialog.messages).sort((a, b) => a.at - b.at);

export function setDraft(lab: Lab, owner: string, peer: string, draft: { text: string; by: string | null }): void {
  const dialog = dialogOf(lab, owner, peer);
  dialog.draft = draft.text;
  if (draft.text !== '') dialog.lastAt = Math.max(dialog.lastAt, lab.now());
  emit(lab, { is: 'draft', owner, peer, by: draft.by });
}

export const newRandomId = (): string => randomBytes(8).readBigInt64LE().toString();

export function resetLab(lab: Lab): void {
  for (const map of [lab.accounts, lab.peers, lab.sessions, lab.dialogs, lab.lastIds]) map.clear();
  lab.settings = structuredClone(defaultSettings);
  lab.events.length = 0;
  emit(lab, { is: 'reset' });
}
