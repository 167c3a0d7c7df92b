import type { StoredFile } from '#lab/whatsapp/model.ts';
import type { ChatRow } from '#lab/whatsapp/protocol.ts';

/**
 * What survives a reload, in IndexedDB as in the real client: the session with its ratchet, the outbox, the last chat list.
 * `localStorage['last-wid-md']` says whether somebody is logged in (facts 0.10); a killed browser may lose it, IndexedDB stays.
 */
export type Session = { deviceId: string; secret: string; counter: number; number: string; name: string };
export type Unsent = {
  id: string;
  chat: string;
  title: string;
  text: string;
  kind: 'text' | 'image' | 'video' | 'document';
  file: StoredFile | null;
  quotes: { id: string; author: string; text: string } | null;
  clientAt: number;
  keys: number[];
  counter: number;
  /** `failed`: refused by the server; it stays visible and is not sent again by itself. */
  state: 'waiting' | 'failed';
};

const widKey = 'last-wid-md';
const open = new Promise<IDBDatabase>((done, failed) => {
  const request = indexedDB.open('wawc', 1);
  request.onupgradeneeded = () => {
    for (const name of ['session', 'outbox', 'rows']) request.result.createObjectStore(name);
  };
  request.onsuccess = () => done(request.result);
  request.onerror = () => failed(request.error);
});

/** Runs `work` in one transaction; resolves when it is committed. */
async function within<T>(
  stores: string[],
  mode: IDBTransactionMode,
  work: (store: (name: string) => IDBObjectStore) => IDBRequest<T> | undefined,
): Promise<T | undefined> {
  const database = await open;
  return new Promise((done, failed) => {
    const transaction = database.transaction(stores, mode);
    const request = work((name) => transaction.objectStore(name));
    transaction.oncomplete = () => done(request?.result);
    transaction.onerror = () => failed(transaction.error);
    transaction.onabort = () => failed(transaction.error);
  });
}

export async function loadSession(): Promise<Session | null> {
  if (localStorage.getItem(widKey) === null) return null;
  return (await within<Session>(['session'], 'readonly', (store) => store('session').get('me'))) ?? null;
}

export async function saveSession(session: Session, wid: string): Promise<void> {
  await within(['session', 'outbox', 'rows'], 'readwrite', (store) => {
    store('outbox').clear();
    store('rows').clear();
    store('session').put(session, 'me');
    return undefined;
  });
  localStorage.setItem(widKey, JSON.stringify(wid));
  localStorage.removeItem('old-logout-cred');
}

export async function saveCounter(session: Session, counter: number): Promise<void> {
  session.counter = Math.max(session.counter, counter);
  await within(['session'], 'readwrite', (store) => store('session').put({ ...session }, 'me'));
}

/** Forgets the log-in; what is left tells that there was one (facts 1.1, Logged out). */
export async function dropSession(): Promise<void> {
  localStorage.removeItem(widKey);
  localStorage.setItem('old-logout-cred', '1');
  await within(['session', 'outbox', 'rows'], 'readwrite', (store) => {
    for (const name of ['session', 'outbox', 'rows']) store(name).clear();
    return undefined;
  });
}

/** Message and ratchet in one transaction: after a kill both are there or neither. */
export async function saveUnsent(unsent: Unsent, session: Session): Promise<void> {
  session.counter = Math.max(session.counter, unsent.counter);
  await within(['outbox', 'session'], 'readwrite', (store) => {
    store('outbox').put(unsent, unsent.id);
    store('session').put({ ...session }, 'me');
    return undefined;
  });
}

export async function removeUnsent(id: string): Promise<void> {
  await within(['outbox'], 'readwrite', (store) => store('outbox').delete(id));
}

export async function loadUnsent(): Promise<Unsent[]> {
  const all = (await within<Unsent[]>(['outbox'], 'readonly', (store) => store('outbox').getAll())) ?? [];
  return all.sort((a, b) => a.clientAt - b.clientAt);
}

let isSaveDue = false;
/** Rows change with every tick of every message; the last state of a second is enough for the next start. */
const rowsRestMs = 1000;

export function saveRows(rows: () => ChatRow[]): void {
  if (isSaveDue) return;
  isSaveDue = true;
  setTimeout(() => {
    isSaveDue = false;
    void within(['rows'], 'readwrite', (store) => store('rows').put(rows(), 'all'));
  }, rowsRestMs);
}

export async function loadRows(): Promise<ChatRow[]> {
  return (await within<ChatRow[]>(['rows'], 'readonly', (store) => store('rows').get('all'))) ?? [];
}
