import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { type Notice, NoticeSettings } from '#core/api/notices.ts';
import { needingStates, usualWays } from '#core/notices.ts';
import type { Db, Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';

type Place = { workspaceId: string; personId: string };
type Settings = z.output<typeof NoticeSettings>;
type Row = Pick<z.output<typeof Notice>, 'id' | 'kind' | 'subject' | 'name'> & { at: Date; readAt: Date | null; moment: string };
/** A notice that is on its way out of the page. */
export type OutgoingNotice = Pick<Row, 'id' | 'kind' | 'subject' | 'name'> & { at: Date };
export type SealedSubscription = { id: string; endpoint: string; sealedKeys: Buffer };

/** Makes notices of what happened since; answers how many events were read. */
export async function makeNotices(db: Db, now: Date, most: number): Promise<number> {
  const { rows } = await sql<{ seen: number }>`
    select make_notices(${now}, ${most}, ${needingStates}::text[], ${JSON.stringify(usualWays)}::jsonb) as seen`.execute(db);
  return rows[0]?.seen ?? 0;
}

export async function dueNotices(db: Db, now: Date): Promise<Place[]> {
  const { rows } = await sql<Place>`select workspace_id as "workspaceId", person_id as "personId" from due_notices(${now})`.execute(db);
  return rows;
}

const columns = sql`n.id, n.kind, n.subject, n.at, n.read_at as "readAt", ${moment('n.at')} as moment, coalesce(
  (select coalesce(nullif(c.name, ''), nullif(v.title, ''), v.peer) from conversations v join contacts c on c.id = v.contact_id where v.id = (n.subject ->> 'conversationId')::uuid),
  (select a.name from accounts a where a.id = (n.subject ->> 'profileId')::uuid), (select k.name from campaigns k where k.id = (n.subject ->> 'campaignId')::uuid),
  (select h.name from hooks h where h.id = (n.subject ->> 'hookId')::uuid), '') as name`;

/** Newest first. */
export async function listNotices(trx: Trx, personId: string, { unread, cursor, limit }: PageAsk & { unread?: boolean | undefined }) {
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  const conditions = [
    sql`n.person_id = ${personId} and n.in_page`,
    ...(unread ? [sql`n.read_at is null`] : []),
    ...(after ? [sql`(n.at, n.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`] : []),
  ];
  const { rows } = await sql<Row>`
    select ${columns} from notices n where ${sql.join(conditions, sql` and `)} order by n.at desc, n.id desc limit ${limit + 1}`.execute(trx);
  const { rows: counts } = await sql<{ unread: number }>`
    select count(*)::int as unread from notices n where n.person_id = ${personId} and n.in_page and n.read_at is null`.execute(trx);
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  const shown = page.rows.map(({ moment: _, ...row }) => ({ ...row, at: instant(row.at), readAt: instant(row.readAt) }));
  return { rows: shown, next: page.next, unread: counts[0]?.unread ?? 0 };
}

export async function readNotices(trx: Trx, personId: string, ids: readonly string[] | undefined): Promise<void> {
  await markSeen(trx, personId, ids ? sql`id = any(${[...ids]}::uuid[])` : sql`true`);
}

/** They have read the conversation itself: where a notice spoke of it, their other pages count anew. */
export async function readNoticesOf(trx: Trx, { workspaceId, personId }: Place, conversationId: string): Promise<void> {
  const wasAny = await markSeen(trx, personId, sql`subject ->> 'conversationId' = ${conversationId}`);
  if (wasAny) await recordEvent(trx, workspaceId, { kind: 'notice_added', personId });
}

async function markSeen(trx: Trx, personId: string, which: RawBuilder<unknown>): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update notices set read_at = now(), push_at = null, mail_at = null where person_id = ${personId} and read_at is null and ${which}`.execute(trx);
  return (numAffectedRows ?? 0n) > 0n;
}

/** Without a choice of their own: the usual ways, in the zone of the workspace. */
export async function readNoticeSettings(trx: Trx, personId: string): Promise<Settings> {
  const { rows } = await sql<{ zone: string; quiet: unknown; mailAccountId: string | null; language: string | null; rules: object }>`
    select coalesce(s.zone, w.zone) as zone, s.quiet, s.language, s.mail_account_id as "mailAccountId", coalesce(s.rules, '{}') as rules
      from people p join workspaces w on w.id = p.workspace_id left join notice_settings s on s.person_id = p.id where p.id = ${personId}`.execute(
    trx,
  );
  const [row] = rows;
  return NoticeSettings.parse({ ...row, rules: { ...usualWays, ...row?.rules } });
}

export async function changeNoticeSettings(
  trx: Trx,
  { workspaceId, personId }: Place,
  { zone, quiet, mailAccountId, language, rules }: Settings,
): Promise<Settings> {
  const own = { zone, quiet: quiet && JSON.stringify(quiet), mail_account_id: mailAccountId, language, rules: JSON.stringify(rules) };
  await trx
    .insertInto('notice_settings')
    .values({ person_id: personId, workspace_id: workspaceId, ...own })
    .onConflict((conflict) => conflict.column('person_id').doUpdateSet(own))
    .execute();
  return readNoticeSettings(trx, personId);
}

/** Of a message: nobody has to be fetched to a conversation that has been read. */
const isOver = sql`n.kind in ('message_mine', 'message_unassigned')
  and exists (select from conversations v where v.id = (n.subject ->> 'conversationId')::uuid and v.unread = 0)`;

/** What is due by a way, for this worker alone until `until`: after that it is due again, as when the worker died. Mail is not taken twice. */
export async function holdNotices(
  trx: Trx,
  personId: string,
  way: 'push' | 'mail',
  { now, until }: { now: Date; until: Date | null },
): Promise<OutgoingNotice[]> {
  const at = columnOf(way);
  const { rows } = await sql<Row>`
    with held as (
      update notices n set ${at} = case when ${isOver} then null else ${until}::timestamptz end where n.person_id = ${personId} and n.${at} <= ${now}
      returning n.id, ${isOver} as is_over
    )
    select ${columns} from notices n join held using (id) where n.read_at is null and not is_over order by n.at`.execute(trx);
  return rows;
}

/** `at` null: it is done. */
export async function settleNotices(trx: Trx, ids: readonly string[], way: 'push' | 'mail', at: Date | null): Promise<void> {
  await sql`update notices set ${columnOf(way)} = ${at} where id = any(${[...ids]}::uuid[]) and (read_at is null or ${at === null})`.execute(trx);
}

/** Quiet hours: what is due waits. */
export async function postponeNotices(trx: Trx, personId: string, now: Date, until: Date): Promise<void> {
  for (const way of ['push', 'mail'] as const)
    await sql`update notices set ${columnOf(way)} = ${until} where person_id = ${personId} and ${columnOf(way)} <= ${now}`.execute(trx);
}

export async function listPushSubscriptions(trx: Trx, personId: string): Promise<SealedSubscription[]> {
  const { rows } = await sql<SealedSubscription>`
    select id, endpoint, sealed_keys as "sealedKeys" from push_subscriptions where person_id = ${personId} order by created_at desc limit 10`.execute(
    trx,
  );
  return rows;
}

export async function addPushSubscription(trx: Trx, place: Place, { endpoint, sealedKeys }: { endpoint: string; sealedKeys: Buffer }): Promise<void> {
  // A browser shows what its own person is told, and nothing of whoever was signed in there before.
  await sql`delete from push_subscriptions where endpoint = ${endpoint} and person_id <> ${place.personId}`.execute(trx);
  await sql`insert into push_subscriptions (workspace_id, person_id, endpoint, sealed_keys) values (${place.workspaceId}, ${place.personId}, ${endpoint}, ${sealedKeys})
    on conflict (person_id, endpoint) do update set sealed_keys = excluded.sealed_keys`.execute(trx);
}

export async function removePushSubscription(trx: Trx, personId: string, endpoint: string): Promise<void> {
  await trx.deleteFrom('push_subscriptions').where('person_id', '=', personId).where('endpoint', '=', endpoint).execute();
}

type PushKey = { publicKey: string; sealedPrivateKey: Buffer };

/** The installation's own key; the first one that was made stays. */
export async function readPushKey(db: Db | Trx, make: () => PushKey): Promise<PushKey> {
  const read = () => sql<PushKey>`select public_key as "publicKey", sealed_private_key as "sealedPrivateKey" from read_push_key()`.execute(db);
  const [known] = (await read()).rows;
  if (known) return known;
  const { publicKey, sealedPrivateKey } = make();
  await sql`select keep_push_key(${publicKey}, ${sealedPrivateKey})`.execute(db);
  return (await read()).rows[0] ?? { publicKey, sealedPrivateKey };
}

export async function forgetNotices(db: Db, before: Date): Promise<void> {
  await sql`select forget_notices(${before})`.execute(db);
}

const columnOf = (way: 'push' | 'mail'): RawBuilder<unknown> => sql.ref(`${way}_at`);
