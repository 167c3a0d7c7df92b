import type { Faults as CommonFaults } from '#lab/messenger/faults.ts';
import { noFaults as noCommonFaults } from '#lab/messenger/faults.ts';
import type { Script, SwapMoment, Written } from '#lab/messenger/model.ts';
import type { Chat as CommonChat } from '#lab/messenger/store.ts';

/**
 * The words of the stand-in. *account*: a phone number that owns a phone and links browsers. *peer*: a number without a phone here,
 * played by a script. *device*: one linked browser. *chat*: what one account sees of one number. Numbers are digits only, international.
 */
export type Status = 'sent' | 'delivered' | 'read';
export const kinds = ['text', 'image', 'video', 'audio', 'document', 'sticker', 'location', 'contact', 'poll', 'deleted'] as const;
export type Kind = (typeof kinds)[number];
/** A file as the server holds it; its bytes are in `Lab.files`. */
export type StoredFile = { id: string; name: string; mimeType: string; size: number; sha256: string };

export type Account = {
  number: string;
  name: string;
  /** Whether other accounts have this number in their address book and so see the name as chat title. */
  saved: boolean;
  /** New chats are barred until then (reach-out timelock). Null: not restricted. */
  restrictedUntil: number | null;
  /** New chats that may be started before the lab restricts the account by itself for a day. Null: no such limit. */
  newChatLimit: number | null;
  /** Linking ends with the passkey step. */
  asksPasskey: boolean;
  /** The next load shows the "What's new" dialog over the chat list. */
  showsNews: boolean;
  faults: Faults;
};

export type Peer = Script & {
  /** Of a group: its id, which no page shows. */
  number: string;
  /** Numbers of a group's members besides the accounts that look at it. Without it a person. */
  members?: string[];
  name: string;
  saved: boolean;
  onWhatsApp: boolean;
  deliveredAfterMs: number;
  /** How many of one sender's messages are answered. */
  repliesTimes: number;
};

export type Device = {
  id: string;
  number: string;
  secret: string;
  name: string;
  /** The ratchet: messages this device has sent or confirmed to have processed. */
  counter: number;
  /** Messages that arrived for the account and that the device has not confirmed yet. */
  backlog: number;
  linkedAt: number;
  lastSeenAt: number;
  loggedOutBecause: string | null;
};

export type Message = Written & {
  id: string;
  from: string;
  to: string;
  /** The group in which it was said; then `to` is one account that sees it. Null: between two. */
  group: string | null;
  kind: Kind;
  file: StoredFile | null;
  quotes: string | null;
  deviceId: string | null;
  status: Status;
  deliveredAt: number | null;
  readAt: number | null;
};

/** Messages by their ids. */
export type Chat = CommonChat<string> & { isMuted: boolean };

export type Swap = SwapMoment & {
  /** Number of the conversation that takes the place of the open one. */
  to: string;
  /** The typed text moves along instead of staying behind as a draft. */
  carriesText: boolean;
};

/** What the server did not see is sent again with the page's outbox. */
export type Faults = CommonFaults & {
  hangLookups: number;
  connection: 'online' | 'phone_offline' | 'computer_offline';
  /** Server and page exchange nothing, yet the connection stays open. Frames wait and arrive at the end. */
  isFrozen: boolean;
};

export const noFaults: Readonly<Faults> = { ...noCommonFaults, hangLookups: 0, connection: 'online', isFrozen: false };

export type Settings = {
  /** Facts 1.1, QR refresh: first ref 60 s, then 20 s each, about 5-6 refs, then the expired overlay. */
  qr: { appearsAfterMs: number; firstMs: number; nextMs: number; refs: number };
  /** Life of a pairing code. The facts name no number. */
  codeMs: number;
  /** Length of the "Loading your chats" screen after linking. */
  syncMs: number;
  /** Extra splash time on each load. */
  splashMs: number;
  historyPage: number;
  /** What a number is that is neither account nor peer. */
  unknownNumbers: 'absent' | 'present';
  /** Share of chat rows without preview text; facts 2: 68 % in one scan. */
  blankPreviewShare: number;
  /** A session restored from more messages back than this is logged out. */
  ratchetWindow: number;
  maxDevices: number;
  dialect: Dialect;
};

/** The other side of a message in its owner's list: a number, or a group. */
export const otherSide = (message: { from: string; to: string; group: string | null }, owner: string): string =>
  message.group ?? (message.from === owner ? message.to : message.from);

export type Dialect = '2024' | '2025' | '2026a' | '2026b';

export const defaultSettings: Readonly<Settings> = {
  qr: { appearsAfterMs: 400, firstMs: 60_000, nextMs: 20_000, refs: 6 },
  codeMs: 180_000,
  syncMs: 1200,
  splashMs: 0,
  historyPage: 40,
  unknownNumbers: 'absent',
  blankPreviewShare: 0.3,
  ratchetWindow: 20,
  maxDevices: 4,
  dialect: '2026b',
};
