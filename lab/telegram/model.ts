import type { Faults as CommonFaults } from '#lab/messenger/faults.ts';
import { noFaults as noCommonFaults } from '#lab/messenger/faults.ts';
import type { Script, Written } from '#lab/messenger/model.ts';
import type { Chat as CommonChat } from '#lab/messenger/store.ts';

/**
 * The words of the stand-in. *account*: somebody who has a phone and logs browsers in. *peer*: a user, group or channel, known by its id
 * (groups and channels are negative). *session*: one browser that is logged in. *chat*: what one account sees of one peer; pages call it a
 * dialog. Ids are written as text, phones as digits.
 */
export type PeerKind = 'user' | 'group' | 'channel';

export type Peer = Script & {
  id: string;
  kind: PeerKind;
  /** Only others write there. */
  isClosed: boolean;
  name: string;
  username: string | null;
  phone: string | null;
};

export type Account = {
  id: string;
  phone: string;
  name: string;
  username: string | null;
  /** The cloud password, asked after the code or the QR. Null: none. */
  password: string | null;
  /** A number without an account yet: the code leads to the sign-up form. */
  isNew: boolean;
  faults: Faults;
};

export type Session = { id: string; accountId: string; secret: string; createdAt: number; endedBecause: string | null };

export type Message = Written & {
  /** Counted per account, or per channel, as the platform does. */
  id: number;
  owner: string;
  peer: string;
  isOut: boolean;
  sessionId: string | null;
  /** What the page calls it before it has an id. The server takes each one once. */
  randomId: string;
  isRead: boolean;
};

export type Chat = CommonChat<Message>;

/** FLOOD_WAIT, PEER_FLOOD, USER_IS_BLOCKED: a refused send looks the same to the page whatever the reason. */
export type Faults = CommonFaults & {
  /** How long the server takes to acknowledge a message that it has stored at once. */
  ackDelayMs: number;
  connection: 'online' | 'offline';
  /** What the server answers to the next phone numbers, such as FLOOD_WAIT_86400. */
  phoneError: string | null;
};

export const noFaults: Readonly<Faults> = { ...noCommonFaults, ackDelayMs: 0, connection: 'online', phoneError: null };

export type Dialect = 'a' | 'k';
export type Settings = {
  /** Life of a login token. Facts 1, LOGIN: redrawn when it ran out; the measured server gave 6 s, the real one about 30 s. */
  qrMs: number;
  qrAppearsAfterMs: number;
  /** Extra time that the chat list shows its spinner on each load. */
  syncMs: number;
  historyPage: number;
  dialect: Dialect;
};
export const defaultSettings: Readonly<Settings> = { qrMs: 30_000, qrAppearsAfterMs: 300, syncMs: 200, historyPage: 40, dialect: 'a' };
