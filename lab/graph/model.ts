import type { Platform } from '#core/platform-event.ts';

/** A phone number of a business account on the Cloud API. `perSecond`: 80 by default, 20 where the phone's own app is used beside it. */
export type PhoneNumber = { id: string; businessId: string; display: string; name: string; perSecond: number };
/** Numbers of one portfolio share one limit: people in 24 hours, outside their windows. Null: no limit. */
export type Business = { id: string; portfolioId: string; name: string; peoplePerDay: number | null };
export type Page = { id: string; name: string; instagramId: string | null };
/** `byInstagram`: connected through Instagram's own sign-in, so its webhooks are signed with Instagram's secret. */
export type InstagramAccount = { id: string; username: string; byInstagram: boolean };

export type Token = {
  token: string;
  kind: 'system' | 'user' | 'page' | 'instagram';
  /** Ids that it may speak for; null: all of the lab. */
  of: string[] | null;
  scopes: string[];
  createdAt: number;
  expiresAt: number | null;
  /** The app that it was given to; one of nobody's app is not asked about. */
  appId?: string | null;
  /** What the app had asked the person for. */
  asked?: string[];
};

/** What a person's agreement in the dialog is worth: a token, once. */
export type Code = {
  code: string;
  login: 'facebook' | 'instagram';
  appId: string;
  redirectUri: string;
  scopes: string[];
  granted: string[];
  pages: string[];
  until: number;
};

/** A person at the other end: on WhatsApp by number, on the others by an id that one page or account has for them. */
export type Customer = {
  id: string;
  platform: Platform;
  name: string;
  /** What WhatsApp calls a person who hides the number. */
  userId: string | null;
  hidesNumber: boolean;
  isReachable: boolean;
  hasBlocked: boolean;
  wantsMarketing: boolean;
  deliveredAfterMs: number;
  /** Null: never. */
  readsAfterMs: number | null;
  repliesWith: string | null;
};

export type Status = 'accepted' | 'sent' | 'delivered' | 'read' | 'failed';
export type Message = {
  id: string;
  platform: Platform;
  /** The number, page or Instagram account. */
  account: string;
  customer: string;
  direction: 'in' | 'out';
  type: string;
  /** As it was handed over. */
  body: Record<string, unknown>;
  text: string;
  callback: string | null;
  status: Status;
  errors: number[];
  reactions: Record<string, string>;
  at: number;
};

export type Template = {
  id: string;
  businessId: string;
  name: string;
  language: string;
  category: string;
  status: 'PENDING' | 'APPROVED' | 'REJECTED' | 'PAUSED' | 'DISABLED';
  rejectedReason: string | null;
  components: Record<string, unknown>[];
};
export type StoredFile = { id: string; account: string; name: string; mimeType: string; sha256: string; content: Buffer; at: number };

/** What becomes of the next calls. */
export type Fault = {
  /** `instead`: nothing is done; `after`: it is done, and then answered with the error; `cut`: it is done, and the connection ends; `later`: it is taken and fails by webhook. */
  how: 'instead' | 'after' | 'cut' | 'later';
  code: number;
  subcode: number | null;
  httpStatus: number | null;
  times: number;
  /** Only sends to this person. */
  to: string | null;
  /** Minutes that `X-Business-Use-Case-Usage` says to wait. */
  regainMinutes: number;
};

export type Settings = {
  appId: string;
  appSecret: string;
  instagramAppId: string;
  instagramSecret: string;
  verifyToken: string;
  /** Where webhooks go; null: nowhere, they are only kept. */
  webhooks: Record<Platform, string | null>;
  /** Calls without `appsecret_proof` are refused. */
  needsProof: boolean;
  latencyMs: number;
  /** What the headers of answers say of the app's hour, in percent; 0: nothing. */
  usagePercent: number;
  /** One message in so many seconds to one person, of which so many may come at once. */
  pair: { seconds: number; burst: number };
  /** A template is judged after this long; one whose body holds "reject" is refused. */
  reviewMs: number;
  windowMs: number;
  humanAgentMs: number;
  webhookDelivery: {
    /** Each body is posted this many times more. */
    duplicates: number;
    /** Bodies wait up to this long, each for itself, so they overtake each other. */
    shuffleMs: number;
    /** Bodies that fail are posted again after this long, then after twice as long, and so on. */
    retryMs: number;
    tries: number;
  };
};

const day = 24 * 3_600_000;
export const defaultSettings: Settings = {
  appId: '100000000000001',
  appSecret: 'lab-app-secret',
  instagramAppId: '200000000000002',
  instagramSecret: 'lab-instagram-secret',
  verifyToken: 'lab-verify-token',
  webhooks: { whatsapp: null, messenger: null, instagram: null },
  needsProof: false,
  latencyMs: 0,
  usagePercent: 0,
  pair: { seconds: 6, burst: 45 },
  reviewMs: 200,
  windowMs: day,
  humanAgentMs: 7 * day,
  webhookDelivery: { duplicates: 0, shuffleMs: 0, retryMs: 500, tries: 6 },
};
