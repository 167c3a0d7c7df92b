import { sql } from 'kysely';
import { z } from 'zod';
import { Failure } from '#core/failure.ts';
import type { Platform } from '#core/platform-event.ts';
import { PlatformEvent } from '#core/platform-event.ts';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';

type State = 'pending' | 'processed' | 'unassigned' | 'failed';
export type WebhookFilter = {
  platform?: Platform | undefined;
  state?: State | undefined;
  kind?: string | undefined;
  signedBy?: string | undefined;
  hasUnknown?: boolean | undefined;
  from?: string | undefined;
  to?: string | undefined;
};
type Row = {
  id: string;
  moment: string;
  platform: Platform;
  state: State;
  workspace_id: string | null;
  received_at: Date;
  processed_at: Date | null;
  signed_by: string;
  bytes: number;
  kinds: string[];
  unknown: number;
  attempts: number;
  error: string | null;
};

const columns = sql`w.id, ${moment('w.received_at')} as moment, w.platform, w.state, w.workspace_id, w.received_at, w.processed_at, w.signed_by,
  length(w.body) as bytes, w.kinds, w.unknown, w.attempts, w.error`;

/** Newest first. */
export async function listWebhooks(trx: Trx, filter: WebhookFilter, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  const conditions = [
    sql`true`,
    ...(filter.platform ? [sql`w.platform = ${filter.platform}`] : []),
    ...(filter.state ? [sql`w.state = ${filter.state}`] : []),
    ...(filter.kind ? [sql`${filter.kind} = any(w.kinds)`] : []),
    ...(filter.signedBy ? [sql`w.signed_by = ${filter.signedBy}`] : []),
    ...(filter.hasUnknown === undefined ? [] : [filter.hasUnknown ? sql`w.unknown > 0` : sql`w.unknown = 0`]),
    ...(filter.from ? [sql`w.received_at >= ${filter.from}::timestamptz`] : []),
    ...(filter.to ? [sql`w.received_at < ${filter.to}::timestamptz`] : []),
    ...(after ? [sql`(w.received_at, w.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`] : []),
  ];
  const { rows } = await sql<Row>`
    select ${columns} from webhook_deliveries w where ${sql.join(conditions, sql` and `)} order by w.received_at desc, w.id desc limit ${limit + 1}`.execute(
    trx,
  );
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toWebhook), next: page.next };
}

/** Throws `not_found`. */
export async function readWebhook(trx: Trx, id: string) {
  const { rows } = await sql<Row & { body: Buffer; digest: Buffer; headers: Record<string, string>; events: unknown }>`
    select ${columns}, w.body, w.digest, w.headers, w.events from webhook_deliveries w where w.id = ${id}`.execute(trx);
  const row = rows[0];
  if (!row) throw new Failure('not_found');
  return {
    ...toWebhook(row),
    headers: row.headers,
    digest: row.digest.toString('hex'),
    body: row.body,
    events: z.array(PlatformEvent).parse(row.events),
  };
}

/** Puts bodies before the workers again; answers how many. */
export async function replayWebhooks(
  trx: Trx,
  ask: { ids?: readonly string[] | undefined; state?: State | undefined; platform?: Platform | undefined },
): Promise<number> {
  const which =
    ask.ids !== undefined
      ? sql`w.id = any(${ask.ids}::uuid[])`
      : sql`w.state = ${ask.state ?? null} and (${ask.platform ?? null}::text is null or w.platform = ${ask.platform ?? null})`;
  const { rows } = await sql`
    update webhook_deliveries w set state = 'pending', attempts = 0, error = null, due_at = now() where ${which} returning 1`.execute(trx);
  return rows.length;
}

export async function listRefusals(trx: Trx) {
  const { rows } = await sql<{ platform: Platform; reason: 'unsigned' | 'forged'; day: string; count: number; last_at: Date; sample: Buffer }>`
    select platform, reason, day::text as day, count, last_at, sample from webhook_refusals order by day desc, platform, reason limit 200`.execute(
    trx,
  );
  return rows.map((row) => ({
    platform: row.platform,
    reason: row.reason,
    day: row.day,
    count: row.count,
    lastAt: instant(row.last_at),
    sample: row.sample.toString('utf8'),
  }));
}

function toWebhook(row: Row) {
  return {
    id: row.id,
    platform: row.platform,
    state: row.state,
    workspaceId: row.workspace_id,
    receivedAt: instant(row.received_at),
    processedAt: instant(row.processed_at),
    signedBy: row.signed_by,
    bytes: row.bytes,
    kinds: row.kinds,
    unknown: row.unknown,
    attempts: row.attempts,
    error: row.error,
  };
}
