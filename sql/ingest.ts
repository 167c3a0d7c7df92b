import { type RawBuilder, sql } from 'kysely';
import type { Incoming } from '#core/channel.ts';
import type { Event } from '#core/events.ts';
import type { Trx } from './database.ts';
import { deliveryChanged, recordEvents } from './events.ts';
import { isTitled } from './same-title.ts';

export type Ingested = { messageId: string; conversationId: string; contactId: string; direction: 'in' | 'out'; text: string; isNew: boolean };
type Ask = { workspaceId: string; accountId: string; messages: readonly Incoming[]; now: Date };

/**
 * The one door for what platforms say, however often and in whatever order: messages by their platform id, statuses forward only, one
 * conversation per contact and account. Answers the messages with which were new, so that the caller can look for opt-outs.
 */
export async function ingest(trx: Trx, ask: Ask): Promise<Ingested[]> {
  if (ask.messages.length === 0) return [];
  await addPeople(trx, ask);
  const rows = ask.messages.map((one) => ({
    kind: one.peer.kind,
    value: one.peer.value,
    peer: one.conversation,
    title: one.peer.name ?? '',
    platform_id: one.platformId,
    direction: one.direction,
    message_kind: one.kind,
    body: one.text,
    author: one.author ?? null,
    status: one.direction === 'out' ? one.status : null,
    at: one.at,
  }));
  const { rows: found } = await sql<{
    id: string;
    conversation_id: string;
    contact_id: string;
    direction: 'in' | 'out';
    body: string;
    is_new: boolean;
    status_changed: boolean;
  }>`
    with given as (
      select distinct on (o.platform_id) o.*, coalesce(${knownTalk(ask)}, al.contact_id) as contact_id from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as o (kind text, value text, peer text, title text, platform_id text, direction text, message_kind text, body text, author text, status text, at timestamptz)
        left join aliases al on al.kind = o.kind and al.value = o.value
    ), talks as (
      insert into conversations (workspace_id, account_id, contact_id, peer, title, last_message_at)
      select ${ask.workspaceId}, ${ask.accountId}, contact_id, min(peer), min(title), max(coalesce(at, ${ask.now}::timestamptz)) from given group by contact_id
      on conflict (account_id, contact_id) do update set peer = excluded.peer, updated_at = now()
      returning id, contact_id
    ), kept as (
      insert into messages (workspace_id, account_id, conversation_id, platform_id, direction, kind, body, author, status, at, at_is_ours, delivery_id)
      select ${ask.workspaceId}, ${ask.accountId}, t.id, g.platform_id, g.direction, g.message_kind, g.body, g.author, g.status, coalesce(g.at, ${ask.now}::timestamptz), g.at is null,
             (select d.id from deliveries d where d.account_id = ${ask.accountId} and d.platform_id = g.platform_id)
        from given g join talks t on t.contact_id = g.contact_id
      on conflict (account_id, platform_id) do update set
        status = case when ${rung(sql`excluded.status`)} > ${rung(sql`messages.status`)} then excluded.status else messages.status end,
        body = case when messages.body = '' then excluded.body else messages.body end,
        author = coalesce(messages.author, excluded.author)
      returning messages.id, messages.conversation_id, messages.direction, messages.body, old.id is null as is_new, old.status is distinct from new.status as status_changed
    )
    -- A known one may stand in a conversation of another contact by now.
    select k.id, k.conversation_id, coalesce(t.contact_id, (select v.contact_id from conversations v where v.id = k.conversation_id)) as contact_id, k.direction, k.body,
           k.is_new, k.status_changed
      from kept k left join talks t on t.id = k.conversation_id`.execute(trx);
  await countNews(
    trx,
    found.filter((row) => row.is_new).map((row) => row.id),
  );
  const moved = await moveDeliveries(trx, ask, sql`m.platform_id = any(${ask.messages.map((one) => one.platformId)}::text[])`);
  await recordEvents(trx, ask.workspaceId, [
    ...found.filter((row) => row.is_new || row.status_changed).map((row) => toldOf(row, ask.accountId)),
    ...moved,
  ]);
  return found.map((row) => ({
    messageId: row.id,
    conversationId: row.conversation_id,
    contactId: row.contact_id,
    direction: row.direction,
    text: row.body,
    isNew: row.is_new,
  }));
}

/** pending < sent < delivered < read; `failed` stands between pending and sent: a late receipt outweighs it. */
const rung = (status: ReturnType<typeof sql>) => sql`coalesce(array_position(array['pending', 'failed', 'sent', 'delivered', 'read'], ${status}), 0)`;

function toldOf(row: { id: string; conversation_id: string; is_new: boolean }, accountId: string): Event {
  return { kind: row.is_new ? 'message_added' : 'message_changed', messageId: row.id, conversationId: row.conversation_id, accountId };
}

/**
 * Whom the account has written to under another address in the conversation that is all we are told: a messenger may say 1007 of the
 * person whom we know as @anna. The newest such conversation counts.
 */
const knownTalk = (ask: Ask) => sql`(select v.contact_id from conversations v
  where v.account_id = ${ask.accountId} and v.peer = o.peer and o.peer = o.value order by v.created_at desc limit 1)`;

/** Senders that nobody knows yet become contacts with one alias. */
async function addPeople(trx: Trx, ask: Ask): Promise<void> {
  const named = ask.messages.map((one) => ({ ...one.peer, peer: one.conversation }));
  const people = [...new Map(named.map((one) => [`${one.kind} ${one.value}`, one])).values()];
  await sql`
    with given as (
      select gen_random_uuid() as id, o.* from jsonb_to_recordset(${JSON.stringify(people)}::jsonb) as o (kind text, value text, name text, peer text)
       where not exists (select from aliases al where al.kind = o.kind and al.value = o.value) and ${knownTalk(ask)} is null
    ), made as (
      insert into contacts (id, workspace_id, name) select id, ${ask.workspaceId}, coalesce(name, '') from given
    )
    insert into aliases (workspace_id, contact_id, kind, value) select ${ask.workspaceId}, id, kind, value from given`.execute(trx);
}

/**
 * Adds new messages to what their conversations hold unread. One that comes in opens its conversation again, unless that was put away later; within the
 * same minute it counts as later, because messengers tell no seconds.
 */
async function countNews(trx: Trx, messageIds: readonly string[]): Promise<void> {
  if (messageIds.length === 0) return;
  const unlessLater = (at: 'archived_at' | 'resolved_at' | 'snoozed_at', column: string = at) =>
    sql`${sql.ref(column)} = case when s.last_in >= date_trunc('minute', v.${sql.ref(at)}) then null else v.${sql.ref(column)} end`;
  await sql`
    update conversations v set unread = v.unread + s.unread, last_message_at = greatest(v.last_message_at, s.last_at), last_incoming_at = greatest(v.last_incoming_at, s.last_in),
           ${unlessLater('archived_at')}, ${unlessLater('resolved_at')}, ${unlessLater('snoozed_at', 'snoozed_until')}, ${unlessLater('snoozed_at')}, updated_at = now()
      from (select m.conversation_id, count(*) filter (where m.direction = 'in' and m.read_at is null)::int as unread, max(m.at) as last_at,
                   max(m.at) filter (where m.direction = 'in') as last_in
              from messages m where m.id = any(${messageIds}::uuid[]) group by 1) s
     where v.id = s.conversation_id`.execute(trx);
}

/**
 * Ticks of the list of chats: they speak of the last message of a chat, so they count only where ours is the last one that we know. A title
 * that fits several conversations fits none.
 */
export async function ingestTicks(
  trx: Trx,
  ask: Omit<Ask, 'messages'> & { ticks: readonly { conversation: string; status: string }[] },
): Promise<void> {
  if (ask.ticks.length === 0) return;
  const { rows } = await sql<{ id: string; conversation_id: string }>`
    with given as (
      select t.status, (array_agg(v.id))[1] as conversation_id
        from jsonb_to_recordset(${JSON.stringify(ask.ticks)}::jsonb) as t (conversation text, status text)
        join conversations v on v.account_id = ${ask.accountId} and ${isTitled('v', sql`t.conversation`)}
       group by t.conversation, t.status having count(*) = 1
    ), last as (
      select distinct on (m.conversation_id) m.id, m.conversation_id, m.direction, m.status, g.status as seen
        from given g join messages m on m.conversation_id = g.conversation_id order by m.conversation_id, m.at desc, m.id desc
    )
    update messages m set status = l.seen from last l where m.id = l.id and l.direction = 'out' and ${rung(sql`l.seen`)} > ${rung(sql`l.status`)}
    returning m.id, m.conversation_id`.execute(trx);
  if (rows.length === 0) return;
  const moved = await moveDeliveries(trx, ask, sql`m.id = any(${rows.map((row) => row.id)}::uuid[])`);
  const changed = rows.map(
    (row): Event => ({ kind: 'message_changed', messageId: row.id, conversationId: row.conversation_id, accountId: ask.accountId }),
  );
  await recordEvents(trx, ask.workspaceId, [...changed, ...moved]);
}

/** Statuses of our own messages move their deliveries forward; a receipt also settles what was uncertain, or planned again after a failure. */
export async function moveDeliveries(trx: Trx, ask: Omit<Ask, 'messages'>, which: RawBuilder<unknown>): Promise<Event[]> {
  const { rows } = await sql<{ id: string; campaign_id: string | null; account_id: string; conversation_id: string | null }>`
    update deliveries d set state = m.status, updated_at = now(), sent_at = coalesce(d.sent_at, m.at),
           delivered_at = case when m.status in ('delivered', 'read') then coalesce(d.delivered_at, ${ask.now}::timestamptz) end,
           read_at = case when m.status = 'read' then coalesce(d.read_at, ${ask.now}::timestamptz) end,
           reason = null, error = null, wait_reason = null, wait_until = null
      from messages m
     where m.delivery_id = d.id and m.account_id = ${ask.accountId} and ${which}
       and m.status in ('sent', 'delivered', 'read') and (d.state in ('sent', 'delivered', 'uncertain') or d.reason = 'platform_failed' or (d.state = 'planned' and m.status in ('delivered', 'read')))
       and coalesce(array_position(array['sent', 'delivered', 'read'], m.status), 0) > coalesce(array_position(array['sent', 'delivered', 'read'], d.state), 0)
    returning d.id, d.campaign_id, d.account_id, d.conversation_id`.execute(trx);
  return rows.map(deliveryChanged);
}
