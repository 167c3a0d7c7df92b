import { sql } from 'kysely';
import { z } from 'zod';
import type { BotTurn } from '#core/api/automation.ts';
import { type TurnOutcome, TurnStep } from '#core/automation.ts';
import type { BotQuestion } from '#core/bot.ts';
import type { RuleFacts } from '#core/match-rule.ts';
import { readText } from '#core/read-text.ts';
import type { Db, Trx } from './database.ts';
import { instant } from './instant.ts';
import { type PageAsk, pageOfRows, readCursor } from './page.ts';

export type DueTurn = { workspaceId: string; turnId: string };
export type HeldTurn = {
  turnId: string;
  cause: z.output<typeof BotTurn>['cause'];
  conversationId: string | null;
  contactId: string | null;
  messageId: string | null;
  detail: string | null;
  botId: string | null;
  attempts: number;
  steps: TurnStep[];
};

export async function dueTurns(db: Db, state: 'waiting' | 'asking', now: Date, most: number): Promise<DueTurn[]> {
  const { rows } = await sql<DueTurn>`
    select workspace_id as "workspaceId", id::text as "turnId" from due_bot_turns(${state}, greatest(${now}::timestamptz, clock_timestamp()), ${most})`.execute(
    db,
  );
  return rows;
}

/** Holds it until the transaction ends; null when another worker has it, or it is further already. */
export async function holdTurn(trx: Trx, turnId: string, state: 'waiting' | 'asking'): Promise<HeldTurn | null> {
  const { rows } = await sql<HeldTurn & { raw: unknown }>`
    select id::text as "turnId", cause, conversation_id as "conversationId", contact_id as "contactId", message_id as "messageId", detail, bot_id as "botId", attempts, steps as raw
      from bot_turns where id = ${turnId}::bigint and state = ${state} for update skip locked`.execute(trx);
  const row = rows[0];
  if (!row) return null;
  const { raw, ...turn } = row;
  return { ...turn, steps: z.array(TurnStep).parse(raw) };
}

/** The end of a turn. */
export async function settleTurn(
  trx: Trx,
  turnId: string,
  { outcome, steps, now }: { outcome: TurnOutcome; steps: readonly TurnStep[]; now: Date },
): Promise<void> {
  await sql`
    update bot_turns set state = 'done', outcome = ${outcome}, steps = ${JSON.stringify(steps)}::jsonb, done_at = ${now} where id = ${turnId}::bigint`.execute(
    trx,
  );
}

/** A bot is to be asked, now or at `dueAt`; `attempts` tells one asking from the next. */
export async function askBotIn(
  trx: Trx,
  turnId: string,
  { botId, steps, dueAt, attempts }: { botId: string; steps: readonly TurnStep[]; dueAt: Date; attempts: number },
): Promise<void> {
  await sql`
    update bot_turns set state = 'asking', bot_id = ${botId}, steps = ${JSON.stringify(steps)}::jsonb, due_at = ${dueAt}, attempts = ${attempts}
     where id = ${turnId}::bigint`.execute(trx);
}

/** A turn that could not be dealt with: later again, until it has been tried often enough. Its steps say why. */
export async function postponeTurn(trx: Trx, turnId: string, { why, now }: { why: string; now: Date }): Promise<void> {
  const step: TurnStep = { by: null, code: 'failed', detail: why.slice(0, 200) };
  await sql`
    update bot_turns set attempts = attempts + 1, due_at = ${now}::timestamptz + make_interval(secs => least(300, power(4, attempts)::integer)),
           state = case when attempts + 1 >= 5 then 'done' else state end, done_at = case when attempts + 1 >= 5 then ${now}::timestamptz end,
           outcome = case when attempts + 1 >= 5 then 'failed' end, steps = ${JSON.stringify([step])}::jsonb
     where id = ${turnId}::bigint and state <> 'done'`.execute(trx);
}

/** What a program wrote is answered by nobody: the turns of these messages say so. */
export async function markAutomatic(trx: Trx, messageIds: readonly string[]): Promise<void> {
  await sql`update bot_turns set detail = 'automatic' where message_id = any(${messageIds}::uuid[]) and state = 'waiting'`.execute(trx);
}

/** One that is dealt with at once: an outside bot's word, or a macro. Null: this has been heard before. */
export async function addDoneTurn(
  trx: Trx,
  {
    workspaceId,
    cause,
    subject,
    conversationId,
    botId = null,
  }: { workspaceId: string; cause: 'pushed' | 'macro'; subject: string; conversationId: string; botId?: string | null },
): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    insert into bot_turns (workspace_id, cause, subject, conversation_id, bot_id, state, outcome) values (${workspaceId}, ${cause}, ${subject}, ${conversationId}, ${botId}, 'done', 'nothing')
    on conflict (workspace_id, subject) do nothing returning id::text`.execute(trx);
  return rows[0]?.id ?? null;
}

export async function readTurn(trx: Trx, subject: string): Promise<{ outcome: TurnOutcome; steps: TurnStep[] } | null> {
  const { rows } = await sql<{
    outcome: TurnOutcome | null;
    steps: unknown;
  }>`select outcome, steps from bot_turns where subject = ${subject}`.execute(trx);
  const row = rows[0];
  return row ? { outcome: row.outcome ?? 'nothing', steps: z.array(TurnStep).parse(row.steps) } : null;
}

export type TurnFacts = Omit<RuleFacts, 'cause' | 'detail' | 'reading' | 'now' | 'zone'> & {
  contactId: string | null;
  contactName: string;
  isGroup: boolean;
  text: string;
  kind: string | null;
  heardAt: Date | null;
};

/** What rules are asked about: the conversation of a turn, and the message that it is about or else their newest. */
export async function readTurnFacts(
  trx: Trx,
  { conversationId, messageId }: Pick<HeldTurn, 'conversationId' | 'messageId'>,
): Promise<TurnFacts | null> {
  const { rows } = await sql<TurnFacts & { newestIsTheirs: boolean }>`
    select v.account_id as "accountId", a.channel, v.is_group as "isGroup", v.contact_id as "contactId", c.name as "contactName",
           array(select l.label_id from conversation_labels l where l.conversation_id = v.id) as "labelIds",
           exists (select from list_entries e where e.contact_id = v.contact_id)
             or exists (select from messages o where o.conversation_id = v.id and o.id <> m.id and (o.at, o.id) < (m.at, m.id)) as "isKnown",
           case when n.direction = 'in' then v.last_incoming_at end as "waitingSince", coalesce(m.body, '') as text, m.kind, coalesce(m.at, v.last_incoming_at) as "heardAt"
      from conversations v join accounts a on a.id = v.account_id join contacts c on c.id = v.contact_id
      left join lateral (select id, body, kind, at from messages i where i.conversation_id = v.id and i.direction = 'in' and (${messageId}::uuid is null or i.id = ${messageId}::uuid)
                          order by i.at desc, i.id desc limit 1) m on true
      left join lateral (select direction from messages i where i.conversation_id = v.id order by i.at desc, i.id desc limit 1) n on true
     where v.id = ${conversationId}::uuid`.execute(trx);
  return rows[0] ?? null;
}

/** So much of what was said before is told to a bot. */
const mostHistory = 20;

/** What a bot is asked; null when the message or its conversation is gone. */
export async function readQuestion(trx: Trx, { turnId, conversationId, messageId }: HeldTurn): Promise<BotQuestion | null> {
  const facts = await readTurnFacts(trx, { conversationId, messageId });
  if (!facts || !conversationId || !facts.accountId || !facts.contactId) return null;
  const { rows } = await sql<{ direction: 'in' | 'out'; body: string }>`
    select m.direction, m.body from messages m, messages asked
     where asked.id = ${messageId}::uuid and m.conversation_id = ${conversationId}::uuid and (m.at, m.id) < (asked.at, asked.id) and m.body <> ''
     order by m.at desc, m.id desc limit ${mostHistory}`.execute(trx);
  const { language, intents } = await readText(facts.text, []);
  return {
    turnId,
    conversationId,
    accountId: facts.accountId,
    channel: facts.channel ?? '',
    contact: { id: facts.contactId, name: facts.contactName },
    language,
    intents,
    tags: facts.labelIds,
    text: facts.text,
    history: rows.toReversed().map(({ direction, body }) => ({ from: direction === 'in' ? 'them' : 'us', text: body })),
  };
}

/** The open conversations of a workspace get a turn each for a rule whose time has come: the newest of them, of so many as a minute deals with. */
const mostScheduled = 500;

export async function addScheduledTurns(trx: Trx, { workspaceId, ruleId, now }: { workspaceId: string; ruleId: string; now: Date }): Promise<void> {
  await sql`
    insert into bot_turns (workspace_id, cause, subject, conversation_id, detail)
    select ${workspaceId}::uuid, 'schedule', 'schedule ' || ${ruleId}::text || ' ' || ${now.toISOString()}::text || ' ' || v.id, v.id, ${ruleId}::text
      from conversations v where v.workspace_id = ${workspaceId}::uuid and v.state = 'open' order by v.last_message_at desc, v.id desc limit ${mostScheduled}
    on conflict (workspace_id, subject) do nothing`.execute(trx);
}

/** A schedule looks at each open conversation, and what it left alone tells nobody anything. */
export async function dropTurn(trx: Trx, turnId: string): Promise<void> {
  await sql`delete from bot_turns where id = ${turnId}::bigint`.execute(trx);
}

export async function dueSchedules(db: Db, now: Date): Promise<{ workspaceId: string; ruleId: string }[]> {
  const { rows } = await sql<{ workspaceId: string; ruleId: string }>`
    select workspace_id as "workspaceId", rule_id as "ruleId" from due_schedules(${now})`.execute(db);
  return rows;
}

/** Drops the log before a time; what waits stays. */
export async function forgetTurns(db: Db, before: Date): Promise<void> {
  await sql`select forget_bot_turns(${before})`.execute(db);
}

type TurnFilter = { id?: string | undefined; conversationId?: string | undefined; outcome?: TurnOutcome | undefined };

/** Newest first. */
export async function listTurns(trx: Trx, { id, conversationId, outcome }: TurnFilter, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([z.string().regex(/^\d{1,19}$/)]));
  const { rows } = await sql<{
    id: string;
    at: Date;
    cause: HeldTurn['cause'];
    conversation_id: string | null;
    contact_name: string | null;
    message_id: string | null;
    state: 'waiting' | 'asking' | 'done';
    outcome: TurnOutcome | null;
    steps: unknown;
  }>`
    select t.id::text, t.at, t.cause, t.conversation_id, coalesce(nullif(c.name, ''), v.title, '') as contact_name, t.message_id, t.state, t.outcome, t.steps
      from bot_turns t left join conversations v on v.id = t.conversation_id left join contacts c on c.id = coalesce(v.contact_id, t.contact_id)
     where (${after?.[0] ?? null}::bigint is null or t.id < ${after?.[0] ?? null}::bigint)
       and (${id ?? null}::bigint is null or t.id = ${id ?? null}::bigint)
       and (${conversationId ?? null}::uuid is null or t.conversation_id = ${conversationId ?? null}::uuid)
       and (${outcome ?? null}::text is null or t.outcome = ${outcome ?? null}::text)
     order by t.id desc limit ${limit + 1}`.execute(trx);
  const page = pageOfRows(rows, limit, (row) => [row.id]);
  return {
    rows: page.rows.map((row) => ({
      id: row.id,
      at: instant(row.at),
      cause: row.cause,
      conversationId: row.conversation_id,
      contactName: row.contact_name ?? '',
      messageId: row.message_id,
      state: row.state,
      outcome: row.outcome,
      steps: z.array(TurnStep).parse(row.steps),
    })),
    next: page.next,
  };
}
