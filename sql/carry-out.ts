import { sql } from 'kysely';
import type { Act, SilenceReason, TurnOutcome, TurnStep } from '#core/automation.ts';
import { asFailure, Failure } from '#core/failure.ts';
import { compileTemplate, mergeFieldsOf } from '#core/template.ts';
import { handOver, type KeptBot, noteBotAnswer } from './bots.ts';
import { readContact } from './contacts.ts';
import { type ConversationChange, changeConversation } from './conversation-changes.ts';
import type { Trx } from './database.ts';
import { addNote } from './desk.ts';
import { recordEvent } from './events.ts';
import { readConversation } from './inbox.ts';
import { replyIn, type SendParts } from './reply.ts';
import { startCampaign } from './start-campaign.ts';

/** Who acts: a bot, unless something keeps it silent, or a person with a macro. */
export type Actor = { is: 'bot'; bot: KeptBot; silence: SilenceReason | null; hasSpoken: boolean } | { is: 'person'; personId: string };
export type CarryAsk = {
  workspaceId: string;
  turnId: string;
  conversationId: string | null;
  contactId: string | null;
  messageId: string | null;
  by: NonNullable<TurnStep['by']>;
  actor: Actor;
};
export type Carried = { steps: TurnStep[]; hasAnswered: boolean; hasActed: boolean; hasHandedOver: boolean };

/** Acts in their order, each by itself: one that is refused is told, and undoes nothing of the others. */
export async function carryOut(trx: Trx, parts: SendParts, ask: CarryAsk, acts: readonly Act[]): Promise<Carried> {
  const carried: Carried = { steps: [], hasAnswered: false, hasActed: false, hasHandedOver: false };
  // What is done here sets off no rules.
  await sql`select set_config('app.turn', ${ask.turnId}, true)`.execute(trx);
  for (const [at, act] of acts.entries()) {
    const isAnswer = act.do === 'answer' || act.do === 'canned';
    if (isAnswer && ask.actor.is === 'bot' && ask.actor.silence) {
      carried.steps.push({ by: ask.by, code: 'silent', detail: ask.actor.silence });
      continue;
    }
    const refused = await inItself(trx, () => doOne(trx, parts, { ...ask, at }, act));
    if (refused) {
      carried.steps.push({ by: ask.by, code: 'refused', detail: `${act.do}: ${refused.message}`.slice(0, 500) });
      continue;
    }
    if (isAnswer) carried.hasAnswered = true;
    else if (act.do === 'hand_over') carried.hasHandedOver = true;
    else carried.hasActed = true;
  }
  await sql`select set_config('app.turn', '', true)`.execute(trx);
  return carried;
}

/** What became of a turn, by all that was done in it. */
export function outcomeOf(carried: readonly Carried[], steps: readonly TurnStep[]): TurnOutcome {
  if (carried.some((one) => one.hasAnswered)) return 'answered';
  if (carried.some((one) => one.hasHandedOver)) return 'handed_over';
  if (carried.some((one) => one.hasActed)) return 'acted';
  if (steps.some((step) => step.code === 'refused')) return 'refused';
  if (steps.some((step) => step.code === 'failed')) return 'failed';
  return steps.some((step) => step.code === 'silent') ? 'silent' : 'nothing';
}

/** Words that are said as they are; before a bot's first in a conversation its notice. The same turn, speaker and place say it once. */
async function say(
  trx: Trx,
  parts: SendParts,
  ask: CarryAsk & { conversationId: string },
  { text, at }: { text: string; at: number },
): Promise<void> {
  const { workspaceId, conversationId, turnId, actor } = ask;
  const isFirst = actor.is === 'bot' && !actor.hasSpoken && actor.bot.notice !== '';
  const { deliveryId } = await replyIn(trx, parts, {
    conversationId,
    text: isFirst ? `${actor.bot.notice}\n\n${text}` : text,
    clientKey: `turn ${turnId} ${ask.by.id} ${at}`,
    caller: { workspaceId, personId: actor.is === 'person' ? actor.personId : null },
  });
  if (actor.is !== 'bot' || !deliveryId) return;
  await noteBotAnswer(trx, { workspaceId, deliveryId, botId: actor.bot.id, turnId, conversationId, now: parts.now() });
  actor.hasSpoken = true;
}

/** What a bot has answered, unless something keeps it silent or refuses it. */
export async function sayAsBot(trx: Trx, parts: SendParts, ask: CarryAsk & { conversationId: string }, text: string): Promise<Carried> {
  const { by, actor } = ask;
  const nothing = { hasAnswered: false, hasActed: false, hasHandedOver: false };
  if (actor.is === 'bot' && actor.silence) return { ...nothing, steps: [{ by, code: 'silent', detail: actor.silence }] };
  const refused = await inItself(trx, () => say(trx, parts, ask, { text, at: 0 }));
  if (refused) return { ...nothing, steps: [{ by, code: 'refused', detail: refused.message.slice(0, 500) }] };
  return { ...nothing, hasAnswered: true, steps: [{ by, code: 'did', detail: 'answer' }] };
}

async function doOne(trx: Trx, parts: SendParts, ask: CarryAsk & { at: number }, act: Act): Promise<void> {
  const { workspaceId, conversationId, contactId, actor, at } = ask;
  const personId = actor.is === 'person' ? actor.personId : null;
  if (act.do === 'stop') return;
  if (act.do === 'webhook') return callWebhooks(trx, ask);
  if (act.do === 'start_campaign') return void (await startCampaign(trx, parts.queue, { workspaceId, personId: null, id: act.campaignId }));
  if (!conversationId) throw new Failure('wrong_state', 'There is no conversation with this person yet.');
  const place = { workspaceId, conversationId };
  if (act.do === 'answer' || act.do === 'canned') return say(trx, parts, { ...ask, conversationId }, { text: await textOf(trx, act, contactId), at });
  if (act.do === 'note') return void (await addNote(trx, place, { personId, text: act.text }));
  if (act.do === 'hand_over') return handOver(trx, place, { personId, now: parts.now() });
  await changeConversation(trx, place, await changeOf(trx, act, conversationId), parts.now());
}

type Change = Extract<Act, { do: 'label' | 'unlabel' | 'assign' | 'priority' | 'state' | 'sla' }>;

async function changeOf(trx: Trx, act: Change, conversationId: string): Promise<ConversationChange> {
  if (act.do === 'assign') return { assignedTo: act.personId, teamId: act.teamId };
  if (act.do === 'priority') return { priority: act.priority };
  if (act.do === 'sla') return { slaPolicyId: act.slaPolicyId };
  if (act.do === 'state') return { state: act.state };
  const has = (await readConversation(trx, conversationId)).labels.map((label) => label.id);
  return { labelIds: act.do === 'label' ? [...new Set([...has, ...act.labelIds])] : has.filter((id) => !act.labelIds.includes(id)) };
}

/** Throws `variables_missing` where the contact lacks what the text needs. */
async function textOf(trx: Trx, act: Extract<Act, { do: 'answer' | 'canned' }>, contactId: string | null): Promise<string> {
  const body = act.do === 'answer' ? act.text : await cannedText(trx, act.cannedAnswerId);
  const fields = contactId ? mergeFieldsOf(await readContact(trx, contactId)) : {};
  const { text, missing } = compileTemplate({ body }).render(fields);
  if (missing.length > 0) throw new Failure('variables_missing', `This person has no value for ${missing.join(', ')}.`);
  if (text.trim() === '') throw new Failure('variables_missing', 'Nothing is left of the answer for this person.');
  return text;
}

async function cannedText(trx: Trx, id: string): Promise<string> {
  const row = await trx.selectFrom('canned_answers').select('body').where('id', '=', id).executeTakeFirst();
  if (!row) throw new Failure('not_found', 'The canned answer is not there any more.');
  return row.body;
}

/** Hooks read the event log, which is their outbox. */
async function callWebhooks(trx: Trx, { workspaceId, conversationId, contactId, messageId, by }: CarryAsk): Promise<void> {
  const talk = conversationId
    ? await trx.selectFrom('conversations').select('account_id').where('id', '=', conversationId).executeTakeFirst()
    : undefined;
  const ruleId = by.is === 'rule' ? by.id : null;
  await recordEvent(trx, workspaceId, { kind: 'rule_fired', ruleId, conversationId, accountId: talk?.account_id ?? null, contactId, messageId });
}

/** The failure that a person can act on, or null; what the database refused is undone up to here. */
async function inItself(trx: Trx, work: () => Promise<void>): Promise<Failure | null> {
  await sql`savepoint act`.execute(trx);
  try {
    await work();
    await sql`release savepoint act`.execute(trx);
    return null;
  } catch (error) {
    await sql`rollback to savepoint act`.execute(trx);
    const failure = asFailure(error);
    if (failure.code === 'broken') throw error;
    return failure;
  }
}
