/**
 * The words of the stand-in. *account*: somebody who has a phone and logs browsers in. *peer*: a user, group or channel, known by its id
 * (groups and channels are negative). *session*: one browser that is logged in. *dialog*: what one account sees of one peer. Ids are
 * written as text, phones as digits.
 */
export type PeerKind = 'user' | 'group' | 'channel';
export type Via = 'web' | 'phone' | 'script' | 'control';

export type Peer = {
  id: string;
  kind: PeerKind;
  name: string;
  username: string | null;
  phone: string | null;
  /** Null: never reads. */
  readsAfterMs: number | null;
  /** Null: never answers. */
  repliesWith: string | null;
  replyAfterMs: number;
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

export type Message = {
  /** Counted per account, or per channel, as the platform does. */
  id: number;
  owner: string;
  peer: string;
  isOut: boolean;
  text: string;
  at: number;
  /** When the page says it was sent, by the page's clock. */
  clientAt: number;
  /** Milliseconds of each keydown since the first one for this text. */
  keys: number[];
  via: Via;
  sessionId: string | null;
  /** What the page calls it before it has an id. The server takes each one once. */
  randomId: string;
  isRead: boolean;
  resends: number;
};

export type Dialog = { owner: string; peer: string; messages: Message[]; unread: number; draft: string; lastAt: number };

export type Faults = {
  /** Every frame from the server to the page waits this long. Order is kept. */
  latencyMs: number;
  /** How long the server takes to acknowledge a message that it has stored at once. */
  ackDelayMs: number;
  historyDelayMs: number;
  dropAcksNext: number;
  dropAckShare: number;
  /** The next n sends get lost on the way: the server never sees them. */
  swallowNext: number;
  /** The next n sends are refused: FLOOD_WAIT, PEER_FLOOD, USER_IS_BLOCKED all look the same to the page. */
  failNext: number;
  connection: 'online' | 'offline';
  /** What the server answers to the next phone numbers, such as FLOOD_WAIT_86400. */
  phoneError: string | null;
};

export const noFaults: Readonly<Faults> = {
  latencyMs: 0,
  ackDelayMs: 0,
  historyDelayMs: 0,
  dropAcksNext: 0,
  dropAckShare: 0,
  swallowNext: 0,
  failNext: 0,
  connection: 'online',
  phoneError: null,
};

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
