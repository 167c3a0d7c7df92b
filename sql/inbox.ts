import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { AddressKind } from '#core/channel.ts';
import type { ConversationState, LabelColour, Priority } from '#core/conversation.ts';
import { Failure } from '#core/failure.ts';
import type { SlaKind } from '#core/sla.ts';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';
import { moment } from './page.ts';

export async function readConversation(trx: Trx, conversationId: string) {
  const [row] = await selectConversations(trx, sql`select ${conversationId}::uuid as id, now() as at`);
  if (!row) throw new Failure('not_found');
  const { moment: _, ...conversation } = row;
  return conversation;
}

/** What a reply needs to know. Throws `not_found`. */
export async function readReplyWay(trx: Trx, conversationId: string) {
  const { rows } = await sql<{
    accountId: string;
    contactId: string;
    channel: string;
    addressKind: AddressKind;
    address: string | null;
    name: string;
    isProfile: boolean;
    /** When this person last wrote to this account. */
    heardAt: Date | null;
    /** Whether this person has written to this account. */
    wroteFirst: boolean;
  }>`
    select v.account_id as "accountId", v.contact_id as "contactId", a.channel, coalesce(${address('kind')}, a.addressed_by) as "addressKind", ${address('value')} as address, c.name,
           exists (select from profiles p where p.account_id = a.id) as "isProfile", v.last_incoming_at as "heardAt", v.last_incoming_at is not null as "wroteFirst"
      from conversations v join accounts a on a.id = v.account_id join contacts c on c.id = v.contact_id where v.id = ${conversationId}`.execute(trx);
  const way = rows[0];
  if (!way) throw new Failure('not_found');
  return way;
}

/** The newest conversation with somebody: named by its id, that of the contact, or an address of theirs. Throws `not_found`. */
export async function lastTalkWith(trx: Trx, named: string): Promise<{ conversationId: string; contactId: string }> {
  const id = z.uuid().safeParse(named).data ?? null;
  const { rows } = await sql<{ id: string; contact_id: string }>`
    select v.id, v.contact_id from conversations v
     where v.id = ${id}::uuid or v.contact_id in (select ${id}::uuid union all select al.contact_id from aliases al where al.value = ${named})
     order by v.id = ${id}::uuid desc nulls last, v.last_message_at desc limit 1`.execute(trx);
  const row = rows[0];
  if (!row) throw new Failure('not_found', `There is no conversation with ${named.slice(0, 80)}.`);
  return { conversationId: row.id, contactId: row.contact_id };
}

/** When a person last wrote to an account; null: never. */
export async function lastHeard(trx: Trx, { accountId, contactId }: { accountId: string; contactId: string }): Promise<Date | null> {
  const row = await trx
    .selectFrom('conversations')
    .select('last_incoming_at')
    .where('account_id', '=', accountId)
    .where('contact_id', '=', contactId)
    .executeTakeFirst();
  return row?.last_incoming_at ?? null;
}

/**
 * The address that this account would write to: of its own kind, else a phone number where user names stand beside those, or the id that WhatsApp
 * has for somebody who hides the number. Of several, the one that stands in the conversation.
 */
const address = (column: 'kind' | 'value') => sql`(select ${sql.ref(`al.${column}`)} from aliases al
  where al.contact_id = c.id and (al.kind = a.addressed_by or (a.addressed_by = 'handle' and al.kind = 'phone') or (a.channel = 'whatsapp-cloud' and al.kind = 'scoped_id'))
  order by al.kind = a.addressed_by desc, al.value = v.peer desc, al.typed is null, al.position desc limit 1)`;

type Row = {
  id: string;
  moment: string;
  account_id: string;
  account_name: string;
  channel: string;
  contact_id: string;
  contact_name: string;
  address: string | null;
  is_group: boolean;
  unread: number;
  state: ConversationState;
  snoozed_until: Date | null;
  resolved_at: Date | null;
  archived_at: Date | null;
  assigned_to: string | null;
  assigned_name: string | null;
  team_id: string | null;
  team_name: string | null;
  priority: Priority;
  labels: { id: string; name: string; colour: LabelColour }[];
  sla: { id: string; name: string } | null;
  sla_timers: { kind: SlaKind; startedAt: string; dueAt: string | null; breachedAt: string | null }[];
  pinned_at: Date | null;
  last_message_at: Date;
  last_direction: 'in' | 'out' | null;
  last_kind: string | null;
  last_text: string | null;
  last_status: 'pending' | 'sent' | 'delivered' | 'read' | 'failed' | null;
  last_incoming_at: Date | null;
  suppressed_at: Date | null;
  created_at: Date;
};

const iso = (column: string) => sql`to_char(${sql.ref(column)} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const slaOf = sql`
  select jsonb_build_object('id', p.id, 'name', p.name) as policy,
         (select coalesce(jsonb_agg(jsonb_build_object('kind', t.kind, 'startedAt', ${iso('t.started_at')}, 'dueAt', ${iso('t.due_at')}, 'breachedAt', ${iso('t.breached_at')}) order by t.due_at), '[]')
            from sla_timers t where t.conversation_id = v.id and t.ended_at is null) as timers
    from conversation_slas c join sla_policies p on p.id = c.policy_id where c.conversation_id = v.id`;

/** Those of a list of ids, in the order of their times; `moment` is what the next page goes on from. */
export async function selectConversations(trx: Trx, ids: RawBuilder<unknown>, { soonestFirst = false } = {}) {
  const { rows } = await sql<Row>`
    select v.id, ${moment('i.at')} as moment, v.account_id, a.name as account_name, a.channel, v.contact_id,
           regexp_replace(coalesce(nullif(c.name, ''), nullif(v.title, ''), ${address('value')}, v.peer), '^group:', '') as contact_name, ${address('value')} as address, v.is_group, v.unread, v.last_message_at,
           v.state, v.snoozed_until, v.resolved_at, v.archived_at, v.priority, v.pinned_at, v.assigned_to, coalesce(nullif(p.name, ''), p.username) as assigned_name, v.team_id, t.name as team_name,
           coalesce((select jsonb_agg(jsonb_build_object('id', b.id, 'name', b.name, 'colour', b.colour) order by lower(b.name))
                       from conversation_labels l join labels b on b.id = l.label_id where l.conversation_id = v.id), '[]') as labels,
           sla.policy as sla, sla.timers as sla_timers, l.direction as last_direction, l.kind as last_kind, left(l.body, 200) as last_text, l.status as last_status, s.at as suppressed_at, v.last_incoming_at, v.created_at
      from (${ids}) i join conversations v on v.id = i.id join accounts a on a.id = v.account_id join contacts c on c.id = v.contact_id
      left join people p on p.id = v.assigned_to left join teams t on t.id = v.team_id
      left join lateral (${slaOf}) sla on true
      left join suppressions s on s.contact_id = c.id and s.lifted_at is null
      left join lateral (select direction, kind, body, status from messages m where m.conversation_id = v.id order by m.at desc, m.id desc limit 1) l on true
     order by ${soonestFirst ? sql`i.at, v.id` : sql`i.at desc, v.id desc`}`.execute(trx);
  return rows.map((row) => ({ moment: row.moment, ...toConversation(row) }));
}

function toConversation(row: Row) {
  const lastMessage =
    row.last_direction === null
      ? null
      : { direction: row.last_direction, kind: row.last_kind ?? 'text', text: row.last_text ?? '', status: row.last_status };
  return {
    id: row.id,
    accountId: row.account_id,
    accountName: row.account_name,
    channel: row.channel,
    contactId: row.contact_id,
    contactName: row.contact_name,
    address: row.address,
    isGroup: row.is_group,
    unread: row.unread,
    state: row.state,
    snoozedUntil: instant(row.snoozed_until),
    resolvedAt: instant(row.resolved_at),
    assignedTo: row.assigned_to && row.assigned_name ? { id: row.assigned_to, name: row.assigned_name } : null,
    team: row.team_id && row.team_name ? { id: row.team_id, name: row.team_name } : null,
    priority: row.priority,
    labels: row.labels,
    sla: row.sla && { policy: row.sla, timers: row.sla_timers },
    pinnedAt: instant(row.pinned_at),
    archivedAt: instant(row.archived_at),
    lastMessageAt: instant(row.last_message_at),
    lastMessage,
    heardAt: instant(row.last_incoming_at),
    suppressedAt: instant(row.suppressed_at),
    createdAt: instant(row.created_at),
  };
}
