import { CompiledQuery, sql } from 'kysely';
import { Platform, type PlatformEvent } from '#core/platform-event.ts';
import type { Db, Trx } from './database.ts';
import { hotMark } from './hot.ts';

export type NewWebhook = { platform: Platform; body: Buffer; digest: Buffer; signedBy: string; headers: Record<string, string> };

/** How many bodies one statement keeps at most. */
export const mostTogether = 16;
/** Compiled once for each number of bodies: platforms bring thousands a minute. */
const keeping = Array.from({ length: mostTogether }, (_, more) => {
  const rows = Array.from(
    { length: more + 1 },
    (_, nth) => `($${nth * 5 + 1}, $${nth * 5 + 2}, $${nth * 5 + 3}, $${nth * 5 + 4}, $${nth * 5 + 5}::jsonb)`,
  );
  return `${hotMark} insert into webhook_deliveries (platform, body, digest, signed_by, headers) values ${rows.join(', ')}`;
});

/** Keeps up to `mostTogether` bodies before anybody answers for them: one statement, and each row is a job. */
export async function keepWebhooks(db: Db, webhooks: readonly NewWebhook[]): Promise<void> {
  const statement = keeping[webhooks.length - 1];
  if (!statement) throw new RangeError(`One statement keeps 1 to ${mostTogether} bodies, not ${webhooks.length}.`);
  const values = webhooks.flatMap(({ platform, body, digest, signedBy, headers }) => [platform, body, digest, signedBy, JSON.stringify(headers)]);
  await db.executeQuery(CompiledQuery.raw(statement, values));
}

/** Counts one that nobody we know has signed, and keeps its beginning in place of the last one's. */
export async function refuseWebhook(db: Db, ask: { platform: Platform; reason: string; body: Buffer }): Promise<void> {
  await sql`select refuse_webhook(${ask.platform}, ${ask.reason}, ${ask.body.subarray(0, 2000)})`.execute(db);
}

export async function dueWebhooks(db: Db, now: Date, most: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from due_webhooks(greatest(${now}::timestamptz, clock_timestamp()), ${most})`.execute(db);
  return rows.map((row) => row.id);
}

export type HeldWebhook = { platform: Platform; body: Buffer; receivedAt: Date };

/** Holds it until the transaction ends; null when another worker has it, or it is done. */
export async function holdWebhook(trx: Trx, id: string): Promise<HeldWebhook | null> {
  const { rows } = await sql<{ platform: string; body: Buffer; received_at: Date }>`
    select platform, body, received_at from hold_webhook(${id})`.execute(trx);
  const row = rows[0];
  return row ? { platform: Platform.parse(row.platform), body: row.body, receivedAt: row.received_at } : null;
}

export type Settled = {
  id: string;
  workspaceId: string | null;
  state: 'processed' | 'unassigned' | 'failed';
  events: readonly PlatformEvent[];
  error: string | null;
  now: Date;
};

export async function settleWebhook(trx: Trx, { id, workspaceId, state, events, error, now }: Settled): Promise<void> {
  await sql`select settle_webhook(${id}, ${workspaceId}, ${state}, ${JSON.stringify(events)}::jsonb, ${error}, ${now})`.execute(trx);
}

/** After so many tries a body is failed, and waits for a person to replay it. */
const mostTries = 6;

export async function postponeWebhook(db: Db, { id, error, now }: { id: string; error: string; now: Date }): Promise<void> {
  await sql`select postpone_webhook(${id}, ${error.slice(0, 500)}, ${now}, ${mostTries})`.execute(db);
}

/** Drops what came before; answers how many bodies. */
export async function forgetWebhooks(db: Db, before: Date): Promise<number> {
  const { rows } = await sql<{ forgotten: number }>`select forget_webhooks(${before}) as forgotten`.execute(db);
  return rows[0]?.forgotten ?? 0;
}

/** Bodies that spoke of an account before it was connected are processed once more; answers how many. */
export async function replayUnassigned(trx: Trx, platform: Platform, externalId: string): Promise<number> {
  const { rows } = await sql<{ again: number }>`select replay_unassigned(${platform}, array[${externalId}]::text[]) as again`.execute(trx);
  return rows[0]?.again ?? 0;
}
