import { sql } from 'kysely';
import type { Db, Trx } from './database.ts';
import { recordEvent } from './events.ts';

type Place = { workspaceId: string; accountId: string };
export type HeldBox = Place & { hostId: string };

/** A worker that stops in the middle has a box no longer than this; each mail that it takes begins the time anew. */
const holdSeconds = 180;
const again = { soonSeconds: 30, afterTroubleSeconds: 120 };

/** Boxes whose turn it is, each for this worker alone. */
export async function takeBoxes(db: Db, hostId: string, now: Date, most: number): Promise<HeldBox[]> {
  const { rows } = await sql<{ workspace_id: string; account_id: string }>`
    select workspace_id, account_id from take_mail_boxes(${hostId}, ${now}, make_interval(secs => ${holdSeconds}), ${most})`.execute(db);
  return rows.map((row) => ({ workspaceId: row.workspace_id, accountId: row.account_id, hostId }));
}

/** Where reading goes on. Writes nothing, and answers false, when the box is another worker's by now. */
export async function moveCursor(trx: Trx, box: HeldBox, ask: { uidValidity: bigint; lastUid: number; now: Date }): Promise<boolean> {
  const { rows } = await sql`
    update mail_boxes set uid_validity = ${String(ask.uidValidity)}::bigint, last_uid = ${ask.lastUid}, held_until = ${ask.now}::timestamptz + make_interval(secs => ${holdSeconds})
     where account_id = ${box.accountId} and held_by = ${box.hostId} and held_until > ${ask.now} returning 1`.execute(trx);
  return rows.length > 0;
}

/** Lets it go until its next turn, with what went wrong, if anything did. Tells it only when that has changed. */
export async function releaseBox(trx: Trx, box: HeldBox, { error, now }: { error: string | null; now: Date }): Promise<void> {
  const seconds = error === null ? again.soonSeconds : again.afterTroubleSeconds;
  const { rows } = await sql<{ is_new: boolean }>`
    with before as (select error, read_at from mail_boxes where account_id = ${box.accountId})
    update mail_boxes b set held_by = null, held_until = null, due_at = ${now}::timestamptz + make_interval(secs => ${seconds}), error = ${error},
           error_at = case when ${error}::text is null then null when b.error is distinct from ${error} then ${now} else b.error_at end,
           read_at = case when ${error}::text is null then ${now} else b.read_at end
      from before where b.account_id = ${box.accountId} and b.held_by = ${box.hostId}
    returning before.error is distinct from ${error} or before.read_at is null as is_new`.execute(trx);
  if (rows[0]?.is_new) await recordEvent(trx, box.workspaceId, { kind: 'account_changed', accountId: box.accountId });
}

/** The message of this account that a mail answers, with the address at the other end. */
export async function threadOf(trx: Trx, accountId: string, ids: readonly string[]): Promise<{ messageId: string; peer: string } | null> {
  if (ids.length === 0) return null;
  const { rows } = await sql<{ id: string; peer: string }>`
    select m.id, v.peer from messages m join conversations v on v.id = m.conversation_id
     where m.account_id = ${accountId} and m.platform_id = any(${ids}::text[]) order by array_position(${ids}::text[], m.platform_id) limit 1`.execute(
    trx,
  );
  const row = rows[0];
  return row ? { messageId: row.id, peer: row.peer } : null;
}

export type Dress = { platformId: string; mediaId: string | null; replyTo: string | null; folded: string | null };

/** What a message carries besides its text. */
export async function dressMessages(trx: Trx, accountId: string, dresses: readonly Dress[]): Promise<void> {
  for (const { platformId, mediaId, replyTo, folded } of dresses) {
    await sql`update messages set media_id = ${mediaId}, reply_to = ${replyTo}, folded = ${folded}
      where account_id = ${accountId} and platform_id = ${platformId} and media_id is null and folded is null`.execute(trx);
  }
}

export async function isKnownMessage(trx: Trx, accountId: string, platformId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('messages')
    .select('id')
    .where('account_id', '=', accountId)
    .where('platform_id', '=', platformId)
    .executeTakeFirst();
  return row !== undefined;
}
