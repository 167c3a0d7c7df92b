import { sql } from 'kysely';
import { z } from 'zod';
import { parseEmail } from '#core/address.ts';
import type { Bounce, BounceKind, BounceSource } from '#core/bounce.ts';
import { Failure } from '#core/failure.ts';
import { storable } from '#core/storable.ts';
import { markGone } from './address-rules.ts';
import type { Trx } from './database.ts';
import { deliveryChanged, recordEvent, recordEvents } from './events.ts';
import { instant } from './instant.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';
import { suppressContact } from './suppressions.ts';

/** One thing that was said of a mail. `sourceId` is what the source calls it; `deliveryId` is known where the report proves it. */
export type Told = Pick<Bounce, 'kind' | 'recipient' | 'finalRecipient' | 'status' | 'diagnostic' | 'messageIds'> & {
  source: BounceSource;
  sourceId: string;
  deliveryId: string | null;
};
type Ask = { workspaceId: string; accountId: string; told: readonly Told[]; now: Date };
type Target = { deliveryId: string | null; contactId: string | null; address: string | null };

/** A report that names a person and no mail counts only while a mail to them can still come back. */
const daysToComeBack = 14;

/**
 * What becomes of a mail that came back: a delivery that failed says so with the server's words; nobody writes again to an address that is not
 * there or failed too often, nor to a person who complained. What blames us, and what may still arrive, stops nothing. Answers how many were new.
 */
export async function takeBounces(trx: Trx, ask: Ask): Promise<number> {
  let added = 0;
  for (const told of storable(ask.told)) {
    const target = await targetOf(trx, ask, told);
    const id = await addBounce(trx, ask, told, target);
    if (id === null) continue;
    added += 1;
    if (target.deliveryId !== null) await failDelivery(trx, ask, told, target.deliveryId);
    await stopWriting(trx, ask, { id, kind: told.kind, said: sentenceOf(told), ...target });
  }
  if (added > 0) await recordEvent(trx, ask.workspaceId, { kind: 'account_changed', accountId: ask.accountId });
  return added;
}

/**
 * The delivery by its own id, by the ids of returned mails, or the last one to this address. One that is being sent right now is not settled
 * yet: `not_ready`, so that the report is taken once more.
 */
async function targetOf(trx: Trx, { accountId, now }: Ask, told: Told): Promise<Target> {
  const addresses = [told.recipient, told.finalRecipient].flatMap((typed) => addressOf(typed) ?? []);
  const named = told.messageIds.flatMap((id) => /^<([\da-f-]{36})@/i.exec(id)?.[1]?.toLowerCase() ?? []).filter(isId);
  const { rows } = await sql<{ id: string; contact_id: string | null; address: string | null; state: string }>`
    select d.id, d.contact_id, d.address, d.state from (
      select 1 as nearness, d.* from deliveries d where d.id = ${told.deliveryId}
      union all
      select 2, d.* from deliveries d where d.id = any(${named}::uuid[])
      union all
      select 3, d.* from deliveries d where d.account_id = ${accountId} and d.platform_id = any(${told.messageIds}::text[])
      union all
      select 4, d.* from aliases al join deliveries d on d.contact_id = al.contact_id
       where al.kind = 'email' and al.value = any(${addresses}::text[]) and d.address = al.value
         and d.sent_at > ${now}::timestamptz - make_interval(days => ${daysToComeBack}) and d.sent_at <= ${now}::timestamptz + interval '1 minute'
    ) d where d.account_id = ${accountId} order by d.nearness, d.sent_at desc nulls last limit 1`.execute(trx);
  const row = rows[0];
  if (!row) return { deliveryId: null, contactId: null, address: null };
  if (row.state === 'claimed' || row.state === 'committing') throw new Failure('not_ready', 'The mail that came back is still being sent.');
  return { deliveryId: row.id, contactId: row.contact_id, address: row.address };
}

const isId = (text: string): boolean => z.uuid().safeParse(text).success;

function addressOf(typed: string | null): string | null {
  const parsed = typed === null ? null : parseEmail(typed);
  return parsed?.is === 'email' ? parsed.value : null;
}

/** Null: it was told before. */
async function addBounce(trx: Trx, ask: Ask, told: Told, { deliveryId, contactId }: Target): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    insert into bounces (workspace_id, account_id, source, source_id, kind, delivery_id, contact_id, recipient, status, diagnostic, at)
    values (${ask.workspaceId}, ${ask.accountId}, ${told.source}, ${told.sourceId.slice(0, 300)}, ${told.kind}, ${deliveryId}, ${contactId},
            ${told.recipient?.slice(0, 320) ?? null}, ${told.status}, ${told.diagnostic.slice(0, 500)}, ${ask.now})
    on conflict (account_id, source, source_id) do nothing returning id`.execute(trx);
  return rows[0]?.id ?? null;
}

const ends: ReadonlySet<BounceKind> = new Set(['hard', 'soft', 'policy']);

/** It was handed over, and did not arrive. A message of the inbox says it too. */
async function failDelivery(trx: Trx, { workspaceId, now }: Ask, told: Told, deliveryId: string): Promise<void> {
  if (!ends.has(told.kind)) return;
  const { rows } = await sql<{
    id: string;
    campaign_id: string | null;
    account_id: string;
    conversation_id: string | null;
    message_id: string | null;
  }>`
    with failed as (
      update deliveries d set state = 'failed', reason = ${`bounced_${told.kind}`}, error = ${sentenceOf(told)}, ended_at = ${now}, updated_at = now()
       where d.id = ${deliveryId} and d.state in ('sent', 'uncertain')
      returning d.id, d.campaign_id, d.account_id, d.conversation_id
    ), shown as (
      update messages m set status = 'failed' from failed f where m.delivery_id = f.id and m.account_id = f.account_id returning m.id, m.delivery_id
    )
    select f.*, s.id as message_id from failed f left join shown s on s.delivery_id = f.id`.execute(trx);
  const [row] = rows;
  if (!row) return;
  const { account_id: accountId, conversation_id: conversationId, message_id: messageId } = row;
  await recordEvents(trx, workspaceId, [
    deliveryChanged(row),
    ...(messageId && conversationId ? [{ kind: 'message_changed' as const, messageId, conversationId, accountId }] : []),
  ]);
}

/** What the other server said, with its code in front where the words do not begin with it. */
function sentenceOf({ status, diagnostic }: Told): string {
  const said = diagnostic.slice(0, 400);
  if (said === '') return status ? `The mail came back (${status}).` : 'The mail came back.';
  return status && !said.includes(status) ? `The mail came back (${status}): ${said}` : `The mail came back: ${said}`;
}

/** A mailbox that is gone, or fails too often, is not written to; who complains hears nothing more, on any channel. */
async function stopWriting(trx: Trx, ask: Ask, bounce: Target & { id: string; kind: BounceKind; said: string }): Promise<void> {
  const { workspaceId, now } = ask;
  const { id, kind, contactId, address } = bounce;
  if (kind === 'complaint' && contactId !== null)
    await suppressContact(trx, { workspaceId, contactId, source: 'complaint', evidence: `bounce ${id}`, now });
  if (address === null) return;
  const isGone = kind === 'hard' || (kind === 'soft' && contactId !== null && (await failsTooOften(trx, ask, contactId)));
  if (!isGone) return;
  await markGone(trx, { workspaceId, kind: 'email', value: address, note: bounce.said }, now);
  await sql`update bounces set stopped = true where id = ${id}`.execute(trx);
}

/** Soft bounces of one mail count once, whoever told of them. Those up to one that stopped the address do not count again. */
async function failsTooOften(trx: Trx, { accountId, now }: Ask, contactId: string): Promise<boolean> {
  const { rows } = await sql<{ is_over: boolean }>`
    select k.soft_bounces > 0 and (
      select count(distinct coalesce(b.delivery_id, b.id)) from bounces b
       where b.contact_id = ${contactId} and b.kind = 'soft' and b.at > ${now}::timestamptz - make_interval(days => k.soft_bounce_days)
         and b.at > coalesce((select max(s.at) from bounces s where s.contact_id = ${contactId} and s.stopped), '-infinity')) >= k.soft_bounces as is_over
      from mail_accounts k where k.account_id = ${accountId}`.execute(trx);
  return rows[0]?.is_over ?? false;
}

type Row = {
  id: string;
  moment: string;
  account_id: string;
  source: BounceSource;
  kind: BounceKind;
  delivery_id: string | null;
  contact_id: string | null;
  recipient: string | null;
  status: string | null;
  diagnostic: string;
  at: Date;
};
export type BounceFilter = {
  accountId?: string | undefined;
  contactId?: string | undefined;
  deliveryId?: string | undefined;
  kind?: BounceKind | undefined;
};

/** Newest first. */
export async function listBounces(trx: Trx, { accountId, contactId, deliveryId, kind }: BounceFilter, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  const conditions = [
    sql`true`,
    ...(accountId ? [sql`b.account_id = ${accountId}`] : []),
    ...(contactId ? [sql`b.contact_id = ${contactId}`] : []),
    ...(deliveryId ? [sql`b.delivery_id = ${deliveryId}`] : []),
    ...(kind ? [sql`b.kind = ${kind}`] : []),
    ...(after ? [sql`(b.at, b.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`] : []),
  ];
  const { rows } = await sql<Row>`
    select b.*, ${moment('b.at')} as moment from bounces b where ${sql.join(conditions, sql` and `)} order by b.at desc, b.id desc limit ${limit + 1}`.execute(
    trx,
  );
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toBounce), next: page.next };
}

const toBounce = (row: Row) => ({
  id: row.id,
  accountId: row.account_id,
  source: row.source,
  kind: row.kind,
  deliveryId: row.delivery_id,
  contactId: row.contact_id,
  recipient: row.recipient,
  status: row.status,
  diagnostic: row.diagnostic,
  at: instant(row.at),
});
