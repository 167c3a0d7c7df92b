import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { Logger } from 'pino';
import type { EventCursor } from '#core/events.ts';
import type { Database } from '#sql/database.ts';
import { eventBounds, listenForBell, readEvents, type Told } from '#sql/events.ts';

/** The bell may be missed; then news are this late. */
const lookEveryMs = 1000;
const batchSize = 500;
/** While somebody waits for news and they keep coming, nobody waits for the bell, which rings 20 times a second at most. */
const flowLookEveryMs = 3;
const flowLastsMs = 100;
/** After Postgres went away. */
const reconnectMs = 2000;

type Listener = (told: readonly Told[]) => void;
export type EventFeed = {
  /** The place in the log up to which listeners have been told. */
  cursor: () => EventCursor;
  /** Tells of each batch in order, of every workspace, without delay while `isAwaited`. Answers how to stop listening. */
  listen: (listener: Listener, isAwaited?: () => boolean) => () => void;
  /** Settles when the feed has ended after `signal`. */
  ended: Promise<void>;
};

/** The one reader of the event log in this process: woken by the bell, and once a second by itself. */
export async function startEventFeed(database: Database, log: Logger, signal: AbortSignal): Promise<EventFeed> {
  const listeners = new Map<Listener, () => boolean>();
  let cursor = (await eventBounds(database.db)).last;
  let heardAt = Number.NEGATIVE_INFINITY;
  const bell = createAlarm();

  async function readOn(): Promise<void> {
    for (let isMore = true; isMore && !signal.aborted; ) {
      const told = await readEvents(database.db, cursor, batchSize);
      cursor = told.at(-1)?.cursor ?? cursor;
      if (told.length > 0) heardAt = performance.now();
      if (told.length > 0) for (const listener of listeners.keys()) listener(told);
      isMore = told.length === batchSize;
    }
  }

  async function read(): Promise<void> {
    while (!signal.aborted) {
      await readOn().catch((error: unknown) => log.warn({ err: error }, 'the event log could not be read'));
      const isFlowing = performance.now() - heardAt < flowLastsMs && [...listeners.values()].some((isAwaited) => isAwaited());
      if (isFlowing) await wait(flowLookEveryMs);
      else await bell.rung(AbortSignal.any([signal, AbortSignal.timeout(lookEveryMs)]));
    }
  }

  const ended = Promise.all([read(), hearBell(database, bell.ring, signal)]).then(() => undefined);
  return {
    cursor: () => cursor,
    listen(listener, isAwaited = () => false) {
      listeners.set(listener, isAwaited);
      return () => void listeners.delete(listener);
    },
    ended,
  };
}

/** Keeps a connection that hears NOTIFY, and makes a new one when it breaks: meanwhile the feed looks by itself. */
async function hearBell(database: Database, ring: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const client = await database.connect().catch(() => null);
    if (client) await hear(client, ring, signal);
    if (!signal.aborted) await wait(reconnectMs, undefined, { signal }).catch(() => undefined);
  }
}

async function hear(client: pg.Client, ring: () => void, signal: AbortSignal): Promise<void> {
  const { promise: broken, resolve } = Promise.withResolvers<void>();
  client.on('notification', ring);
  client.on('error', () => resolve());
  client.on('end', () => resolve());
  signal.addEventListener('abort', () => resolve(), { once: true });
  const isListening = await client.query(listenForBell).then(
    () => true,
    () => false,
  );
  if (isListening) await broken;
  await client.end().catch(() => undefined);
}

/** Rings that come while nobody waits are kept: as one. */
function createAlarm(): { ring: () => void; rung: (signal: AbortSignal) => Promise<void> } {
  let isDue = false;
  let wake = () => {};
  return {
    ring() {
      isDue = true;
      wake();
    },
    async rung(signal) {
      if (!isDue && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
        await promise;
      }
      isDue = false;
    },
  };
}
