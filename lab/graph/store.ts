import { randomBytes, randomInt } from 'node:crypto';
import type { Platform } from '#core/platform-event.ts';
import { type EventLog, emit } from '#lab/messenger/event-log.ts';
import type { Timers } from '#lab/messenger/timers.ts';
import type {
  Business,
  Code,
  Customer,
  Fault,
  InstagramAccount,
  Message,
  Page,
  PhoneNumber,
  Settings,
  StoredFile,
  Template,
  Token,
} from './model.ts';
import { defaultSettings } from './model.ts';

export type GraphEvent =
  | { is: 'message'; id: string; direction: 'in' | 'out' }
  | { is: 'status'; id: string; status: string }
  | { is: 'typing'; account: string; customer: string }
  | { is: 'template'; name: string; status: string }
  | { is: 'webhook'; status: number | null }
  | { is: 'reset' };

/** Everything the stand-in knows. */
export type Lab = EventLog<GraphEvent> & {
  settings: Settings;
  businesses: Map<string, Business>;
  numbers: Map<string, PhoneNumber>;
  pages: Map<string, Page>;
  instagrams: Map<string, InstagramAccount>;
  tokens: Map<string, Token>;
  codes: Map<string, Code>;
  /** Key: platform and id. */
  customers: Map<string, Customer>;
  /** In the order in which they were taken. */
  messages: Map<string, Message>;
  templates: Map<string, Template>;
  files: Map<string, StoredFile>;
  faults: Fault[];
  /** Apps that hear of a business account, a page or an Instagram account; null is every field. */
  subscriptions: Map<string, string[] | null>;
  /** Calls that were answered, newest last; no token among them. */
  calls: { at: number; method: string; path: string; status: number; body: unknown }[];
  webhooks: { at: number; platform: Platform; body: string; answers: (number | null)[] }[];
  /** Where files are fetched from; known once the site listens. */
  origin: string;
  timers: Timers;
};

export function createGraphLab({ timers, now = Date.now }: { timers: Timers; now?: () => number }): Lab {
  return {
    settings: structuredClone(defaultSettings),
    businesses: new Map(),
    numbers: new Map(),
    pages: new Map(),
    instagrams: new Map(),
    tokens: new Map(),
    codes: new Map(),
    customers: new Map(),
    messages: new Map(),
    templates: new Map(),
    files: new Map(),
    faults: [],
    subscriptions: new Map(),
    calls: [],
    webhooks: [],
    origin: '',
    events: [],
    listeners: new Set(),
    now,
    timers,
  };
}

/** Ids as Meta gives them: digits, opaque to everybody else. */
export const newId = (): string => `${randomInt(1, 9)}${Array.from({ length: 14 }, () => randomInt(10)).join('')}`;
export const newMessageId = (platform: Platform): string =>
  platform === 'whatsapp' ? `wamid.${randomBytes(24).toString('base64')}` : `m_${randomBytes(24).toString('base64url')}`;

export function addToken(lab: Lab, given: Pick<Token, 'kind'> & Partial<Token>): Token {
  const token = { token: `EAAlab${randomBytes(24).toString('hex')}`, of: null, scopes: [], createdAt: lab.now(), expiresAt: null, ...given };
  lab.tokens.set(token.token, token);
  return token;
}

const keyOf = (platform: Platform, id: string) => `${platform} ${id}`;

/** Who has not been named before is reachable, sees messages at once and never reads them. */
export function customerOf(lab: Lab, platform: Platform, id: string): Customer {
  return lab.customers.get(keyOf(platform, id)) ?? putCustomer(lab, { platform, id });
}

export function putCustomer(lab: Lab, given: Partial<Customer> & Pick<Customer, 'platform' | 'id'>): Customer {
  const fresh = {
    name: '',
    userId: null,
    hidesNumber: false,
    isReachable: true,
    hasBlocked: false,
    wantsMarketing: true,
    deliveredAfterMs: 50,
    readsAfterMs: null,
    repliesWith: null,
  };
  const key = keyOf(given.platform, given.id);
  const customer = { ...(lab.customers.get(key) ?? fresh), ...given };
  lab.customers.set(key, customer);
  return customer;
}

/** When a person last wrote to an account. */
export function lastWroteAt(lab: Lab, { account, customer }: { account: string; customer: string }): number | null {
  let last: number | null = null;
  for (const one of lab.messages.values())
    if (one.direction === 'in' && one.account === account && one.customer === customer) last = Math.max(last ?? 0, one.at);
  return last;
}

export function addMessage(lab: Lab, message: Message): Message {
  lab.messages.set(message.id, message);
  emit(lab, { is: 'message', id: message.id, direction: message.direction });
  return message;
}

export function resetLab(lab: Lab): void {
  for (const map of [
    lab.businesses,
    lab.numbers,
    lab.pages,
    lab.instagrams,
    lab.tokens,
    lab.codes,
    lab.customers,
    lab.messages,
    lab.templates,
    lab.files,
  ])
    map.clear();
  lab.subscriptions.clear();
  for (const list of [lab.faults, lab.calls, lab.webhooks, lab.events]) list.length = 0;
  lab.settings = structuredClone(defaultSettings);
  emit(lab, { is: 'reset' });
}
