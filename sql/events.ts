import { sql } from 'kysely';
import { z } from 'zod';
import { Event, type EventCursor } from '#core/events.ts';
import type { Db, Trx } from './database.ts';
import { hot } from './hot.ts';
import { instant } from './instant.ts';
import { type PageAsk, pageOfRows, readCursor } from './page.ts';

const channel = 'patchbay_events';
export type Told = { cursor: EventCursor; workspaceId: string; at: Date; event: Event };

type DeliveryRow = { id: string; campaign_id: string | null; account_id: string | null; conversation_id: string | null };

export const deliveryChanged = (row: DeliveryRow): Event => ({
  kind: 'delivery_changed',
  deliveryId: row.id,
  campaignId: row.campaign_id,
  accountId: row.account_id,
  conversationId: row.conversation_id,
});

/** Writes events in the transaction of the change they tell of. */
export async function recordEvents(trx: Trx, workspaceId: string, events: readonly Event[]): Promise<void> {
  if (events.length === 0) return;
  // One parameter whatever their number, so that the statement stays the same and is planned once.
  await sql`${hot}
    insert into events (workspace_id, kind, subject) select ${workspaceId}::uuid, one ->> 'kind', one from jsonb_array_elements(${JSON.stringify(events)}::jsonb) one`.execute(
    trx,
  );
}

export const recordEvent = (trx: Trx, workspaceId: string, event: Event): Promise<void> => recordEvents(trx, workspaceId, [event]);

/** What came after `after`, in commit order, of every workspace: the server hands it out by workspace and permission. */
export async function readEvents(db: Db, after: EventCursor, most = 500): Promise<Told[]> {
  const [xid, id] = after.split('.');
  const { rows } = await sql<{ id: number; xid: string; workspace_id: string; subject: unknown; at: Date }>`
    select * from read_events(${xid}::xid8, ${id}::bigint, ${most})`.execute(db);
  return rows.flatMap((row) => {
    const event = Event.safeParse(row.subject);
    return event.success ? [{ cursor: `${row.xid}.${row.id}`, workspaceId: row.workspace_id, at: row.at, event: event.data }] : [];
  });
}

/** What happened in the workspace, newest first. */
export async function listEvents(trx: Trx, filter: { kind?: string | undefined; accountId?: string | undefined }, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([z.number()]));
  const conditions = [
    sql`true`,
    ...(filter.kind ? [sql`e.kind = ${filter.kind}`] : []),
    ...(filter.accountId ? [sql`coalesce(e.subject ->> 'accountId', e.subject ->> 'profileId') = ${filter.accountId}`] : []),
    ...(after ? [sql`e.id < ${after[0]}`] : []),
  ];
  const { rows } = await sql<{ id: number; xid: string; subject: unknown; at: Date }>`
    select e.id, e.xid, e.subject, e.at from events e where ${sql.join(conditions, sql` and `)} order by e.id desc limit ${limit + 1}`.execute(trx);
  const page = pageOfRows(rows, limit, (row) => [row.id]);
  const told = page.rows.flatMap((row) => {
    const event = Event.safeParse(row.subject);
    return event.success ? [{ id: `${row.xid}.${row.id}`, at: instant(row.at), event: event.data }] : [];
  });
  return { rows: told, next: page.next };
}

/** Where the log ends now, and whether it still reaches back to a cursor. */
export async function eventBounds(db: Db): Promise<{ last: EventCursor; reaches: (cursor: EventCursor) => boolean }> {
  const { rows } = await sql<{ first_xid: string | null; first_id: number | null; last_xid: string | null; last_id: number | null }>`
    select * from event_bounds()`.execute(db);
  const bounds = rows[0];
  const first = bounds?.first_xid ? ([BigInt(bounds.first_xid), BigInt(bounds.first_id ?? 0)] as const) : null;
  return {
    last: bounds?.last_xid ? `${bounds.last_xid}.${bounds.last_id}` : '0.0',
    reaches: (cursor) => {
      const [xid = 0n, id = 0n] = cursor.split('.').map(BigInt);
      return first === null || xid > first[0] || (xid === first[0] && id >= first[1]);
    },
  };
}

/** At most 20 rings a second: one notify in each of many commits costs a third of them (measured). The first after a pause rings at once. */
const ringEveryMs = 50;

/** The bell of the log. It carries nothing: who hears it reads. `ring` is called after a commit and is free to be called often. */
export function createBell(db: Db): { ring: () => void; close: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let rungAt = Number.NEGATIVE_INFINITY;
  const ring = () => {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        rungAt = performance.now();
        // A bell that is not heard costs one second: readers also look by themselves.
        sql`select pg_notify(${channel}, '')`.execute(db).catch(() => undefined);
      },
      Math.max(0, rungAt + ringEveryMs - performance.now()),
    );
  };
  return { ring, close: () => clearTimeout(timer) };
}

export const listenForBell = `listen ${channel}`;

/** Drops events older than `before`; readers that come from further back are told to start afresh. */
export async function forgetEvents(db: Db, before: Date): Promise<void> {
  await sql`select forget_events(${before})`.execute(db);
}
