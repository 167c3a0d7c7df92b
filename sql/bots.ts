import { type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import { type Bot, BotSettings } from '#core/api/bots.ts';
import { type BotKind, TurnOutcome } from '#core/automation.ts';
import type { SpeakFacts } from '#core/bot.ts';
import { Failure } from '#core/failure.ts';
import { changed } from './automation-rules.ts';
import type { Db, Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import type { Bots } from './tables.ts';
import { brokenUnique } from './unique.ts';

type BotReply = z.output<typeof Bot>;
type Place = { workspaceId: string; id: string };
export type BotFields = Pick<
  BotReply,
  'name' | 'isOn' | 'channels' | 'accountIds' | 'answersPerHour' | 'answersPerTalk' | 'talkMinutes' | 'notice' | 'settings'
>;
/** A bot with what only workers open. */
export type KeptBot = Omit<BotReply, 'answersThisHour' | 'hasSecret'> & { sealedSecret: Buffer | null };

const mostBots = 20;

/** The bot that says what rules answer; each workspace has one, from the first time that somebody asks for it. */
export async function rulesBot(trx: Trx, workspaceId: string): Promise<KeptBot> {
  await sql`insert into bots (workspace_id, name, kind) values (${workspaceId}, 'Rules', 'rules') on conflict do nothing`.execute(trx);
  return toKept(await trx.selectFrom('bots').selectAll().where('kind', '=', 'rules').executeTakeFirstOrThrow());
}

/** Those that are asked what no rule has answered, in the order in which they were added. */
export async function askableBots(trx: Trx): Promise<KeptBot[]> {
  const rows = await trx
    .selectFrom('bots')
    .selectAll()
    .where('kind', '!=', 'rules')
    .where('is_on', '=', true)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(toKept);
}

export async function readKeptBot(trx: Trx, id: string): Promise<KeptBot | null> {
  const row = await trx.selectFrom('bots').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toKept(row) : null;
}

/** The rules' own first. */
export async function listBots(trx: Trx, workspaceId: string, now: Date): Promise<BotReply[]> {
  await rulesBot(trx, workspaceId);
  const rows = await trx.selectFrom('bots').selectAll().orderBy(sql`kind <> 'rules'`).orderBy('created_at').orderBy('id').execute();
  const { rows: counts } = await sql<{ bot_id: string; n: number }>`
    select bot_id, count(*)::int as n from bot_answers where at > ${now}::timestamptz - interval '1 hour' group by bot_id`.execute(trx);
  const counted = new Map(counts.map((row) => [row.bot_id, row.n]));
  return rows.map((row) => toBot(row, counted.get(row.id) ?? 0));
}

export async function readBotStatus(trx: Trx, workspaceId: string, now: Date) {
  const { rows } = await sql<{
    on: number;
    off: number;
    waiting: number;
    asking: number;
    handedOver: number;
    lastDay: Partial<Record<TurnOutcome, number>>;
  }>`
    select (select count(*)::int from automation_rules where is_on) as on, (select count(*)::int from automation_rules where not is_on) as off,
           (select count(*)::int from bot_turns where state = 'waiting') as waiting, (select count(*)::int from bot_turns where state = 'asking') as asking,
           (select count(*)::int from handed_over) as "handedOver",
           coalesce((select jsonb_object_agg(outcome, n) from (select outcome, count(*)::int as n from bot_turns
                       where done_at > ${now}::timestamptz - interval '1 day' and outcome is not null group by outcome) o), '{}') as "lastDay"`.execute(
    trx,
  );
  const { on = 0, off = 0, lastDay = {}, ...counts } = rows[0] ?? { waiting: 0, asking: 0, handedOver: 0 };
  const none = Object.fromEntries(TurnOutcome.options.map((outcome) => [outcome, 0])) as Record<TurnOutcome, number>; // Each of them has a number.
  return { bots: await listBots(trx, workspaceId, now), rules: { on, off }, ...counts, lastDay: { ...none, ...lastDay } };
}

export async function addBot(trx: Trx, workspaceId: string, fields: BotFields & { kind: BotKind; sealedSecret: Buffer | null }): Promise<BotReply> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from bots`.execute(trx);
  if ((rows[0]?.n ?? 0) >= mostBots) throw new Failure('wrong_state', `There can be ${mostBots} bots at most. Remove one first.`);
  await refuseUnknownAccounts(trx, fields.accountIds);
  const row = await trx
    .insertInto('bots')
    .values({ workspace_id: workspaceId, kind: fields.kind, sealed_secret: fields.sealedSecret, ...columnsOf(fields) })
    .returningAll()
    .executeTakeFirstOrThrow()
    .catch(nameTaken);
  await changed(trx, workspaceId);
  return toBot(row, 0);
}

type BotChange = { [K in keyof BotFields]?: BotFields[K] | undefined } & { sealedSecret?: Buffer | undefined };

export async function changeBot(trx: Trx, { workspaceId, id }: Place, { sealedSecret, ...change }: BotChange): Promise<BotReply> {
  const before = await readKeptBot(trx, id);
  if (!before) throw new Failure('not_found');
  await refuseUnknownAccounts(trx, change.accountIds ?? []);
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const row = await trx
    .updateTable('bots')
    .set({ ...columnsOf({ ...before, ...given }), ...(sealedSecret ? { sealed_secret: sealedSecret } : {}), updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
    .catch(nameTaken);
  await changed(trx, workspaceId);
  return toBot(row, 0);
}

export async function removeBot(trx: Trx, { workspaceId, id }: Place): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('bots').where('id', '=', id).where('kind', '!=', 'rules').executeTakeFirst();
  if (numDeletedRows > 0n) return changed(trx, workspaceId);
  throw (await readKeptBot(trx, id)) ? new Failure('wrong_state', 'The bot of the rules stays. Switch it off instead.') : new Failure('not_found');
}

type Speaking = { conversationId: string; bot: KeptBot; text: string; now: Date };
type SpeakRow = Pick<SpeakFacts, 'isGroup' | 'handedOver' | 'personAnsweredAt' | 'isEcho' | 'answersInTalk' | 'answersInHour'> & {
  accountId: string;
  channel: string;
  hasSpoken: boolean;
};

/** What is against a bot's word in a conversation. Holds the bot until the transaction ends, so that two workers count the same answers. */
export async function readSpeakFacts(
  trx: Trx,
  { conversationId, bot, text, now }: Speaking,
): Promise<Omit<SpeakFacts, 'isAutomatic' | 'isStopWord' | 'heardAt'> & { hasSpoken: boolean }> {
  await sql`select from bots where id = ${bot.id} for update`.execute(trx);
  const { rows } = await sql<SpeakRow>`
    select v.account_id as "accountId", a.channel, v.is_group as "isGroup", exists (select from handed_over h where h.conversation_id = v.id) as "handedOver",
           greatest((select max(d.created_at) from deliveries d where d.contact_id = v.contact_id and d.conversation_id = v.id and d.created_by is not null and d.campaign_id is null
                        and d.state not in ('cancelled', 'skipped')),
                    (select max(m.at) from messages m where m.conversation_id = v.id and m.direction = 'out' and m.delivery_id is null and m.at > ${now}::timestamptz - interval '1 hour')) as "personAnsweredAt",
           exists (select from bot_answers b join deliveries d on d.id = b.delivery_id
                    where b.conversation_id = v.id and b.at > ${now}::timestamptz - interval '1 day' and ${text} <> '' and d.body = ${text}) as "isEcho",
           (select count(*)::int from bot_answers b where b.conversation_id = v.id and b.at > ${now}::timestamptz - make_interval(mins => ${bot.talkMinutes})) as "answersInTalk",
           (select count(*)::int from bot_answers b where b.bot_id = ${bot.id} and b.at > ${now}::timestamptz - interval '1 hour') as "answersInHour",
           exists (select from bot_answers b where b.conversation_id = v.id) as "hasSpoken"
      from conversations v join accounts a on a.id = v.account_id where v.id = ${conversationId}`.execute(trx);
  const row = rows[0];
  if (!row) throw new Failure('not_found');
  const { accountId, channel, ...facts } = row;
  return {
    ...facts,
    isOn: bot.isOn,
    isServed: serves(bot, { accountId, channel }),
    ceilings: { perTalk: bot.answersPerTalk, perHour: bot.answersPerHour },
    now,
  };
}

export function serves({ channels, accountIds }: Pick<KeptBot, 'channels' | 'accountIds'>, of: { accountId: string; channel: string }): boolean {
  return (channels.length === 0 || channels.includes(of.channel)) && (accountIds.length === 0 || accountIds.includes(of.accountId));
}

type Answer = { workspaceId: string; deliveryId: string; botId: string; turnId: string | null; conversationId: string; now: Date };

export async function noteBotAnswer(trx: Trx, { workspaceId, deliveryId, botId, turnId, conversationId, now }: Answer): Promise<void> {
  await sql`insert into bot_answers (delivery_id, workspace_id, bot_id, turn_id, conversation_id, at)
    values (${deliveryId}, ${workspaceId}, ${botId}, ${turnId}::bigint, ${conversationId}, ${now}) on conflict (delivery_id) do nothing`.execute(trx);
}

/** Where an outside bot that names itself knocks. */
export async function botAt(db: Db, id: string): Promise<{ workspaceId: string; sealedSecret: Buffer } | null> {
  const { rows } = await sql<{ workspace_id: string; sealed_secret: Buffer }>`select workspace_id, sealed_secret from bot_at(${id}::uuid)`.execute(
    db,
  );
  const row = rows[0];
  return row ? { workspaceId: row.workspace_id, sealedSecret: row.sealed_secret } : null;
}

type Talk = { workspaceId: string; conversationId: string };

export async function readBotsIn(trx: Trx, conversationId: string) {
  const { rows } = await sql<{ at: Date | null; hasBots: boolean }>`
    select h.at, exists (select from bots b where b.is_on and b.kind <> 'rules') or exists (select from automation_rules r where r.is_on) as "hasBots"
      from conversations v left join handed_over h on h.conversation_id = v.id where v.id = ${conversationId}`.execute(trx);
  const row = rows[0];
  if (!row) throw new Failure('not_found');
  return { areSilent: row.at !== null, since: instant(row.at), hasBots: row.hasBots };
}

/** A person takes the conversation on, or a rule or a bot gives it to one; from here on bots are silent in it. */
export async function handOver(
  trx: Trx,
  { workspaceId, conversationId }: Talk,
  { personId, now }: { personId: string | null; now: Date },
): Promise<void> {
  await sql`insert into handed_over (conversation_id, workspace_id, person_id, at) values (${conversationId}, ${workspaceId}, ${personId}, ${now})
    on conflict (conversation_id) do nothing`.execute(trx);
  await tellOf(trx, { workspaceId, conversationId });
}

export async function letBotsBack(trx: Trx, talk: Talk): Promise<void> {
  await sql`delete from handed_over where conversation_id = ${talk.conversationId}`.execute(trx);
  await tellOf(trx, talk);
}

async function tellOf(trx: Trx, { workspaceId, conversationId }: Talk): Promise<void> {
  const row = await trx.selectFrom('conversations').select('account_id').where('id', '=', conversationId).executeTakeFirst();
  if (!row) throw new Failure('not_found');
  await recordEvent(trx, workspaceId, { kind: 'conversation_changed', conversationId, accountId: row.account_id });
}

async function refuseUnknownAccounts(trx: Trx, accountIds: readonly string[]): Promise<void> {
  const wanted = [...new Set(accountIds)];
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from accounts where id = any(${wanted}::uuid[])`.execute(trx);
  if (rows[0]?.n !== wanted.length)
    throw new Failure('invalid_input', 'This workspace has no such account.', { fields: { accountIds: 'names one that does not exist' } });
}

function columnsOf(fields: BotFields) {
  return {
    name: fields.name,
    is_on: fields.isOn,
    channels: fields.channels,
    account_ids: fields.accountIds,
    answers_per_hour: fields.answersPerHour,
    answers_per_talk: fields.answersPerTalk,
    talk_minutes: fields.talkMinutes,
    notice: fields.notice,
    settings: JSON.stringify(fields.settings),
  };
}

function toKept(row: Selectable<Bots>): KeptBot {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as BotKind, // The table's check holds these words.
    isOn: row.is_on,
    channels: row.channels,
    accountIds: row.account_ids,
    settings: BotSettings.parse(row.settings),
    answersPerHour: row.answers_per_hour,
    answersPerTalk: row.answers_per_talk,
    talkMinutes: row.talk_minutes,
    notice: row.notice,
    sealedSecret: row.sealed_secret,
  };
}

function toBot(row: Selectable<Bots>, answersThisHour: number): BotReply {
  const { sealedSecret, ...bot } = toKept(row);
  return { ...bot, hasSecret: sealedSecret !== null, answersThisHour };
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error) !== 'bots_workspace_id_name_key') throw error;
  throw new Failure('already_exists', 'There is a bot of this name already.', { fields: { name: 'is taken' }, cause: error });
}
