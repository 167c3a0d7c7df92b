import { sql } from 'kysely';
import { z } from 'zod';
import type { Event } from '#core/events.ts';
import { compileTemplate } from '#core/template.ts';
import type { Db, Trx } from './database.ts';
import { settleDeliveries } from './deliveries.ts';
import { deliveryChanged, recordEvents } from './events.ts';
import { moveDeliveries } from './ingest.ts';

/** Something said about a message, by its id at the platform. Of a kind and sender only the newest counts, of statuses the furthest. */
export type Mark = {
  platformId: string;
  kind: 'status' | 'failure' | 'reaction' | 'edit' | 'unsend' | 'up_to' | 'callback' | 'preference';
  sender?: string;
  value: string;
  at: Date;
};
type Place = { workspaceId: string; accountId: string };

/** How far a message is. Here a platform's refusal comes after its acceptance, and a receipt outweighs both. */
const rung = (status: ReturnType<typeof sql>) => sql`coalesce(array_position(array['pending', 'sent', 'failed', 'delivered', 'read'], ${status}), 0)`;

export async function addMarks(trx: Trx, { workspaceId, accountId }: Place, marks: readonly Mark[]): Promise<void> {
  if (marks.length === 0) return;
  // One statement cannot touch a row twice, so each mark is one of its own turn.
  for (const { platformId, kind, sender = '', value, at } of marks) {
    await sql`
      insert into message_marks as k (workspace_id, account_id, platform_id, kind, sender, value, at, applied)
      values (${workspaceId}, ${accountId}, ${platformId}, ${kind}, ${sender}, ${value}, ${at}, ${kind === 'up_to' || kind === 'preference'})
      on conflict (account_id, platform_id, kind, sender) do update set value = excluded.value, at = excluded.at, applied = excluded.applied
       where case when excluded.kind = 'status' then ${rung(sql`excluded.value`)} > ${rung(sql`k.value`)} else (excluded.at, excluded.value) > (k.at, k.value) end`.execute(
      trx,
    );
  }
}

/** A delivery that failed just now, by the number that the platform gave. */
export type FailedDelivery = { deliveryId: string; campaignId: string | null; contactId: string | null; attempt: number; code: number | null };

/** Brings messages to what their marks say: those of these ids, or those that waited for their message. Answers what failed by that. */
export async function applyMarks(trx: Trx, place: Place, ask: { ids: readonly string[] | 'waiting'; now: Date }): Promise<FailedDelivery[]> {
  const { accountId, workspaceId } = place;
  const touched = ask.ids === 'waiting' ? sql`not k.applied` : sql`k.platform_id = any(${[...new Set(ask.ids)]}::text[])`;
  const named = sql`select k.platform_id from message_marks k where k.account_id = ${accountId} and ${touched}`;
  // Whoever is changing one of these ends first, so that the statement below sees all that was said of it.
  await sql`select from messages m where m.account_id = ${accountId} and m.platform_id in (${named}) order by m.id for update`.execute(trx);
  const { rows } = await sql<{ id: string; conversation_id: string }>`
    with told as (
      select k.platform_id, max(k.value) filter (where k.kind = 'status') as status, max(k.value) filter (where k.kind = 'edit') as body,
             max(k.at) filter (where k.kind = 'edit') as edited_at, max(k.at) filter (where k.kind = 'unsend') as unsent_at,
             jsonb_agg(jsonb_build_object('from', k.sender, 'emoji', k.value) order by k.sender) filter (where k.kind = 'reaction' and k.value <> '') as reactions
        from message_marks k where k.account_id = ${accountId}
         and k.platform_id in (${named}) group by 1
    ), next as (
      select m.id, case when m.direction = 'out' and ${rung(sql`t.status`)} > ${rung(sql`m.status`)} then t.status else m.status end as status,
             case when t.unsent_at is not null then '' else coalesce(t.body, m.body) end as body, t.edited_at, t.unsent_at, coalesce(t.reactions, '[]') as reactions
        from messages m join told t on t.platform_id = m.platform_id where m.account_id = ${accountId}
    ), seen as (
      update message_marks k set applied = true from messages m
       where k.account_id = ${accountId} and not k.applied and k.platform_id in (select platform_id from told)
         and m.account_id = k.account_id and m.platform_id = k.platform_id
    )
    update messages m set status = n.status, body = n.body, edited_at = n.edited_at, unsent_at = n.unsent_at, reactions = n.reactions from next n
     where m.id = n.id and (m.status, m.body, m.edited_at, m.unsent_at, m.reactions) is distinct from (n.status, n.body, n.edited_at, n.unsent_at, n.reactions)
    returning m.id, m.conversation_id`.execute(trx);
  if (rows.length === 0) return [];
  const changed = rows.map((row): Event => ({ kind: 'message_changed', messageId: row.id, conversationId: row.conversation_id, accountId }));
  const which = sql`m.id = any(${rows.map((row) => row.id)}::uuid[])`;
  const moved = await moveDeliveries(trx, { workspaceId, accountId, now: ask.now }, which);
  const messageIds = rows.map((row) => row.id);
  const failed = await failDeliveries(trx, ask.now, messageIds);
  await recordEvents(trx, workspaceId, [...changed, ...moved, ...failed.map(deliveryChanged)]);
  return failed.map((row) => ({
    deliveryId: row.id,
    campaignId: row.campaign_id,
    contactId: row.contact_id,
    attempt: row.attempt,
    code: row.code === null ? null : Number(row.code),
  }));
}

type FailedRow = {
  id: string;
  campaign_id: string | null;
  account_id: string;
  conversation_id: string | null;
  contact_id: string | null;
  attempt: number;
  code: string | null;
};

/** What the platform took at first and then refused. */
async function failDeliveries(trx: Trx, now: Date, messageIds: readonly string[]): Promise<FailedRow[]> {
  const { rows } = await sql<FailedRow>`
    update deliveries d set state = 'failed', reason = 'platform_failed', ended_at = ${now}, updated_at = now(),
           error = 'The platform could not deliver it' || coalesce(' (error ' || k.value || ').', '.')
      from messages m left join message_marks k on k.account_id = m.account_id and k.platform_id = m.platform_id and k.kind = 'failure'
     where m.delivery_id = d.id and m.id = any(${messageIds}::uuid[]) and m.status = 'failed' and d.state in ('sent', 'uncertain')
    returning d.id, d.campaign_id, d.account_id, d.conversation_id, d.contact_id, d.attempt, k.value as code`.execute(trx);
  return rows;
}

/** Receipts that say "everything up to here", in conversations with these people. */
export async function applyUpTo(trx: Trx, place: Place, ask: { peers: readonly string[]; now: Date }): Promise<void> {
  if (ask.peers.length === 0) return;
  const { rows } = await sql<{ platform_id: string; value: string; at: Date }>`
    select m.platform_id, k.value, k.at from message_marks k join conversations v on v.account_id = k.account_id and v.peer = k.sender
      join messages m on m.conversation_id = v.id and m.direction = 'out' and m.at <= k.at and ${rung(sql`k.value`)} > ${rung(sql`m.status`)}
     where k.account_id = ${place.accountId} and k.kind = 'up_to' and k.sender = any(${ask.peers}::text[])`.execute(trx);
  await addMarks(
    trx,
    place,
    rows.map((row) => ({ platformId: row.platform_id, kind: 'status' as const, value: row.value, at: row.at })),
  );
  await applyMarks(trx, place, { ids: rows.map((row) => row.platform_id), now: ask.now });
}

/**
 * A send whose outcome nobody knew: the platform names our own delivery, so it went out, also where it was to go out once more. What it named of
 * an earlier try that failed says nothing.
 */
export async function settleByCallback(trx: Trx, { workspaceId, accountId }: Place, now: Date): Promise<void> {
  const named = sql`k.account_id = ${accountId} and k.kind = 'callback' and not k.applied
    and not exists (select from messages m where m.account_id = k.account_id and m.platform_id = k.platform_id and m.status = 'failed')`;
  const { rows } = await sql<{ value: string }>`select k.value from message_marks k where ${named}`.execute(trx);
  const ids = rows.map((row) => row.value).filter((value) => z.uuid().safeParse(value).success);
  if (ids.length === 0) return markApplied(trx, accountId);
  await sql`
    update deliveries d set state = 'uncertain', updated_at = now()
     where d.id = any(${ids}::uuid[]) and d.account_id = ${accountId} and d.state in ('planned', 'claimed') and d.platform_id is null`.execute(trx);
  const { rows: sent } = await sql<Named>`
    select d.id, k.platform_id as "platformId", coalesce(d.committing_at, k.at) as at, coalesce(v.peer, k.sender) as conversation, d.body, t.body as template, d.merge
      from message_marks k join deliveries d on d.id::text = k.value and d.account_id = k.account_id left join conversations v on v.id = d.conversation_id
      left join template_versions t on t.id = d.template_version_id
     where ${named} and d.id = any(${ids}::uuid[]) and d.state = 'uncertain' and d.platform_id is null`.execute(trx);
  const outcomes = sent.map(({ body, template, merge, ...one }) => ({ ...one, is: 'sent' as const, text: body ?? textOf(template, merge) }));
  if (outcomes.length > 0) await settleDeliveries(trx, { workspaceId, accountId, outcomes, now });
  await markApplied(trx, accountId);
}

type Named = {
  id: string;
  platformId: string;
  at: Date;
  conversation: string;
  body: string | null;
  template: string | null;
  merge: Record<string, unknown>;
};

/** What a delivery of a campaign said. */
const textOf = (template: string | null, merge: Record<string, unknown>): string =>
  template ? compileTemplate({ body: template }).render(merge).text : '';

/** Callbacks are done with once their delivery no longer asks what became of it. */
async function markApplied(trx: Trx, accountId: string): Promise<void> {
  await sql`update message_marks k set applied = true where k.account_id = ${accountId} and k.kind = 'callback' and not k.applied
    and not exists (select from deliveries d where d.id::text = k.value and d.account_id = k.account_id and d.state in ('claimed', 'committing', 'uncertain') and d.platform_id is null)`.execute(
    trx,
  );
}

/** Accounts, in every workspace, that have something to apply. */
export async function waitingMarks(db: Db): Promise<Place[]> {
  const { rows } = await sql<{ workspace_id: string; account_id: string }>`select workspace_id, account_id from waiting_marks()`.execute(db);
  return rows.map((row) => ({ workspaceId: row.workspace_id, accountId: row.account_id }));
}
