import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { ConversationFilter as Filter } from '#core/api/inbox.ts';
import type { ConversationState } from '#core/conversation.ts';
import type { Trx } from './database.ts';
import { selectConversations } from './inbox.ts';
import { holds, namedConversations } from './named.ts';
import { Moment, type PageAsk, pageOfRows, readCursor } from './page.ts';
import { walkInOrder } from './walk.ts';

/** Who looks: `mine` is theirs. */
export type ConversationFilter = z.output<typeof Filter> & { personId: string };
/** With the conversations that a search means, where they are few. */
type Meant = ConversationFilter & { named?: readonly string[] | null };
type Place = readonly [at: string, id: string];
type Walk = { after: Place | null; limit: number; isByLabel?: boolean };

/** Newest first, those that are pinned before them all; archived ones only when asked for. */
export async function listConversations(trx: Trx, asked: ConversationFilter, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  await walkInOrder(trx);
  const filter = await meant(trx, asked);
  if (filter.due) {
    const due = await selectConversations(trx, dueIds(filter, { after, limit: limit + 1 }), { soonestFirst: true });
    const { rows, next } = pageOfRows(due, limit, (row) => [row.moment, row.id]);
    return { rows: rows.map(({ moment: _, ...row }) => row), next };
  }
  const pinned = after ? [] : await selectConversations(trx, pinnedIds(filter));
  const isByLabel = await isLabelRarest(trx, filter);
  const rows = await selectConversations(trx, conversationIds(filter, { after, limit: limit + 1, isByLabel }));
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: [...pinned, ...page.rows].map(({ moment: _, ...row }) => row), next: page.next };
}

/**
 * Ids in the order of the list, without those that are pinned. One walk for each state, and for each account of a channel, along an index that
 * holds them in this order: however many conversations there are, about as many rows are read as are shown. Those with a label are found by it, unless
 * (`isByLabel`) few of them are of the person or team that is asked for as well.
 */
export function conversationIds(filter: Meant, { after, limit, isByLabel = true }: Walk): RawBuilder<unknown> {
  const lanes = filter.channel ? sql`cross join (select id from accounts where channel = ${filter.channel}) a` : sql``;
  const of = filter.labelId && isByLabel ? 'l' : 'v';
  const key = of === 'l' ? sql`l.last_message_at, l.conversation_id` : sql`v.last_message_at, v.id`;
  const newestFirst = of === 'l' ? sql`l.last_message_at desc, l.conversation_id desc` : sql`v.last_message_at desc, v.id desc`;
  const from = of === 'l' ? sql`conversation_labels l join conversations v on v.id = l.conversation_id` : sql`conversations v`;
  const conditions = [
    of === 'l' ? sql`l.label_id = ${filter.labelId} and l.state = s.state ${filter.unread ? sql`and l.is_unread` : sql``}` : sql`v.state = s.state`,
    sql`v.pinned_at is null`,
    ...(filter.labelId && !isByLabel ? [hasLabel(filter.labelId)] : []),
    ...(filter.channel ? [sql`v.account_id = a.id`] : []),
    ...conditionsOf(filter),
    ...(after ? [sql`(${key}) < (${after[0]}::timestamptz, ${after[1]}::uuid)`] : []),
  ];
  return sql`
    select q.id, q.last_message_at as at from unnest(${statesOf(filter)}::text[]) s (state) ${lanes} cross join lateral (
      select v.id, v.last_message_at from ${from} where ${sql.join(conditions, sql` and `)} order by ${newestFirst} limit ${limit}) q
     order by q.last_message_at desc, q.id desc limit ${limit}`;
}

/** Ids in the order in which answers are due, pinned or not: what a conversation owes first says where it stands. */
function dueIds(filter: Meant, { after, limit }: Walk): RawBuilder<unknown> {
  const conditions = [
    sql`t.ended_at is null`,
    filter.due === 'late' ? sql`t.breached_at is not null` : sql`t.due_at is not null`,
    sql`not exists (select from sla_timers e where e.conversation_id = t.conversation_id and e.ended_at is null and (e.due_at, e.id) < (t.due_at, t.id))`,
    ...conditionsAnywhere(filter),
    ...(after ? [sql`(t.due_at, v.id) > (${after[0]}::timestamptz, ${after[1]}::uuid)`] : []),
  ];
  return sql`select v.id, t.due_at as at from sla_timers t join conversations v on v.id = t.conversation_id
    where ${sql.join(conditions, sql` and `)} order by t.due_at, v.id limit ${limit}`;
}

/** Every id that fits, those that are pinned too, up to so many. */
export async function matchingIds(trx: Trx, filter: ConversationFilter, most: number): Promise<string[]> {
  const asked = await meant(trx, filter);
  const walk = { after: null, limit: most };
  const ids = asked.due ? dueIds(asked, walk) : sql`(${pinnedIds(asked)}) union all (${conversationIds(asked, walk)})`;
  const { rows } = await sql<{ id: string }>`select w.id from (${ids}) w limit ${most}`.execute(trx);
  return rows.map(({ id }) => id);
}

const meant = async (trx: Trx, filter: ConversationFilter): Promise<Meant> => ({
  ...filter,
  named: filter.search ? await namedConversations(trx, filter.search) : null,
});

const hasLabel = (labelId: string) => sql`exists (select from conversation_labels l where l.conversation_id = v.id and l.label_id = ${labelId})`;

/** By the kept counts: what fewer conversations have is walked, and each looked at for the other. */
async function isLabelRarest(trx: Trx, { labelId, view, personId, assignedTo, teamId }: ConversationFilter): Promise<boolean> {
  const person = assignedTo ?? (view === 'mine' ? personId : null);
  if (!labelId || !(person || teamId)) return true;
  const { rows } = await sql<{ is_rarest: boolean }>`
    select coalesce(min(n) filter (where facet = 'label'), 0) <= coalesce(min(n) filter (where facet <> 'label'), 0) as is_rarest from (
      select facet, key, sum(conversations) as n from inbox_counts
       where (facet, key) in (('label', ${labelId}::uuid), ('person', ${person}::uuid), ('team', ${teamId ?? null}::uuid)) group by 1, 2) c`.execute(
    trx,
  );
  return rows[0]?.is_rarest ?? true;
}

/** There are few of them: see `mostPinned`. */
function pinnedIds(filter: Meant): RawBuilder<unknown> {
  const conditions = [sql`v.pinned_at is not null`, ...conditionsAnywhere(filter)];
  return sql`select v.id, v.last_message_at as at from conversations v where ${sql.join(conditions, sql` and `)}`;
}

/** All that a filter asks for, where no walk along an index has asked for a part of it. */
const conditionsAnywhere = (filter: Meant): RawBuilder<unknown>[] => [
  sql`v.state = any(${statesOf(filter)}::text[])`,
  ...(filter.labelId ? [hasLabel(filter.labelId)] : []),
  ...(filter.channel ? [sql`v.account_id in (select id from accounts where channel = ${filter.channel})`] : []),
  ...conditionsOf(filter),
];

function statesOf({ state, archived }: ConversationFilter): ConversationState[] {
  if (state) return [state];
  return archived ? ['archived'] : ['open', 'snoozed', 'resolved'];
}

function conditionsOf(filter: Meant): RawBuilder<unknown>[] {
  const { view, personId, unread } = filter;
  return [
    ...(view === 'mine' ? [sql`v.assigned_to = ${personId}`] : []),
    ...(view === 'unassigned' ? [sql`v.assigned_to is null`] : []),
    ...(filter.assignedTo ? [sql`v.assigned_to = ${filter.assignedTo}`] : []),
    ...(filter.teamId ? [sql`v.team_id = ${filter.teamId} and v.team_id is not null`] : []),
    ...(filter.priority ? [sql`v.priority = ${filter.priority}`, ...(filter.priority === 'none' ? [] : [sql`v.priority <> 'none'`])] : []),
    ...(filter.accountId ? [sql`v.account_id = ${filter.accountId}`] : []),
    ...(unread === undefined ? [] : [unread ? sql`v.unread > 0` : sql`v.unread = 0`]),
    ...(filter.since ? [sql`v.last_message_at >= ${filter.since}::timestamptz`] : []),
    ...(filter.until ? [sql`v.last_message_at < ${filter.until}::timestamptz`] : []),
    ...(filter.search ? [filter.named ? sql`v.id = any(${filter.named}::uuid[])` : found(filter.search)] : []),
  ];
}

/** For each conversation that a walk comes by. */
const found = (text: string): RawBuilder<boolean> => sql<boolean>`(${holds('v.title', text)}
  or exists (select from contacts c where c.id = v.contact_id and ${holds('c.name', text)})
  or exists (select from aliases al where al.contact_id = v.contact_id and ${holds('al.value', text)}))`;
