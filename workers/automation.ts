import type { Logger } from 'pino';
import type { Act, TurnStep } from '#core/automation.ts';
import { whySilent } from '#core/bot.ts';
import type { PackRules } from '#core/channel-rules.ts';
import { matchRules, type RuleFacts } from '#core/match-rule.ts';
import { readText } from '#core/read-text.ts';
import { isStop } from '#core/stop-words.ts';
import { listLabelWords, listRules, takeSchedule } from '#sql/automation-rules.ts';
import {
  addScheduledTurns,
  askBotIn,
  dropTurn,
  dueSchedules,
  dueTurns,
  type HeldTurn,
  holdTurn,
  postponeTurn,
  readTurnFacts,
  settleTurn,
  type TurnFacts,
} from '#sql/bot-turns.ts';
import { askableBots, type KeptBot, readSpeakFacts, rulesBot } from '#sql/bots.ts';
import { type Actor, type Carried, carryOut, outcomeOf } from '#sql/carry-out.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, inWorkspace, type Trx } from '#sql/database.ts';
import type { Queue } from '#sql/queue.ts';
import { readWorkspace } from '#sql/workspace.ts';

type AutomationParts = {
  db: Db;
  clock: Clock;
  queue: Queue;
  packs: readonly PackRules[];
  tell: () => void;
  log: Pick<Logger, 'warn'>;
};

/** Turns that one look deals with before it looks again. */
const atOnce = 50;

/** Deals with what has happened: each turn in one transaction with all that its rules do, so a worker that dies leaves it as it was. */
export function createTurnWork(parts: AutomationParts): (signal: AbortSignal) => Promise<number> {
  return async (signal) => {
    let done = 0;
    for (;;) {
      await takeSchedules(parts);
      const due = await dueTurns(parts.db, 'waiting', parts.clock.now(), atOnce);
      // What tells languages is loaded before a row is held for it.
      if (due.length > 0) await readText('', []);
      let some = 0;
      for (const { workspaceId, turnId } of due) {
        if (signal.aborted) return done + some;
        if (await dealWith(parts, workspaceId, turnId)) some += 1;
      }
      if (some === 0) return done;
      done += some;
      parts.tell();
    }
  };
}

async function takeSchedules({ db, clock }: AutomationParts): Promise<void> {
  const now = clock.now();
  for (const { workspaceId, ruleId } of await dueSchedules(db, now)) {
    await inWorkspace(db, workspaceId, async (trx) => {
      if (await takeSchedule(trx, ruleId, now)) await addScheduledTurns(trx, { workspaceId, ruleId, now });
    });
  }
}

async function dealWith(parts: AutomationParts, workspaceId: string, turnId: string): Promise<boolean> {
  const { db, clock, log } = parts;
  try {
    return await inWorkspace(db, workspaceId, async (trx) => {
      const turn = await holdTurn(trx, turnId, 'waiting');
      if (!turn) return false;
      await takeTurn(trx, parts, { workspaceId, turn });
      return true;
    });
  } catch (error) {
    log.warn({ err: error, turnId }, 'a turn could not be dealt with');
    const why = error instanceof Error ? error.name : 'failed';
    await inWorkspace(db, workspaceId, (trx) => postponeTurn(trx, turnId, { why, now: clock.now() }));
    return false;
  }
}

type Turn = { workspaceId: string; turn: HeldTurn };

async function takeTurn(trx: Trx, parts: AutomationParts, { workspaceId, turn }: Turn): Promise<void> {
  const facts = await readRuleFacts(trx, parts, turn);
  const rules = (await listRules(trx)).filter((rule) => rule.trigger.on === turn.cause);
  const verdict = matchRules(rules, facts);
  const now = parts.clock.now();
  if (turn.cause === 'schedule' && verdict.fired.length === 0) return dropTurn(trx, turn.turnId);
  const carried: Carried[] = [];
  for (const { rule, acts } of verdict.fired) {
    const by = { is: 'rule' as const, id: rule.id, name: rule.name };
    const ask = { workspaceId, turnId: turn.turnId, conversationId: turn.conversationId, contactId: facts.contactId, messageId: turn.messageId, by };
    const actor = await actorFor(trx, { bot: await rulesBot(trx, workspaceId), turn, facts, acts });
    carried.push(await carryOut(trx, { ...parts, now: parts.clock.now }, { ...ask, actor }, acts));
  }
  const steps = [...verdict.steps, ...carried.flatMap((one) => one.steps)];
  if (rules.length === 0) steps.push({ by: null, code: 'no_rule', detail: turn.cause });
  const isSettled = verdict.isStopped || carried.some((one) => one.hasAnswered || one.hasHandedOver);
  const asked = isSettled || turn.cause !== 'message' ? null : await whomToAsk(trx, { turn, facts, steps });
  if (asked) return askBotIn(trx, turn.turnId, { botId: asked.id, steps, dueAt: now, attempts: 0 });
  await settleTurn(trx, turn.turnId, { outcome: outcomeOf(carried, steps), steps, now });
}

type KnownFacts = RuleFacts & Pick<TurnFacts, 'contactId' | 'heardAt' | 'text'>;

export async function readRuleFacts(trx: Trx, { clock }: Pick<AutomationParts, 'clock'>, turn: HeldTurn): Promise<KnownFacts> {
  const { zone } = await readWorkspace(trx);
  const talk = turn.conversationId ? await readTurnFacts(trx, turn) : null;
  const reading = talk ? await readText(talk.text, await listLabelWords(trx)) : null;
  const none = {
    channel: null,
    accountId: null,
    labelIds: [],
    isKnown: true,
    waitingSince: null,
    contactId: turn.contactId,
    heardAt: null,
    text: '',
  };
  return { ...(talk ?? none), cause: turn.cause as RuleFacts['cause'], detail: turn.detail, reading, now: clock.now(), zone }; // The others are dealt with where they come from.
}

type Speaker = { bot: KeptBot; turn: HeldTurn; facts: KnownFacts };

/** Who acts for a rule, and what keeps it silent: asked only where it would speak. */
async function actorFor(trx: Trx, { acts, ...speaker }: Speaker & { acts: readonly Act[] }): Promise<Actor> {
  const isSpeaking = acts.some((act) => act.do === 'answer' || act.do === 'canned');
  if (!isSpeaking || !speaker.turn.conversationId) return { is: 'bot', bot: speaker.bot, silence: null, hasSpoken: true };
  return actorOf(trx, { ...speaker, conversationId: speaker.turn.conversationId });
}

export async function actorOf(
  trx: Trx,
  { bot, turn, facts, conversationId }: Speaker & { conversationId: string },
): Promise<Extract<Actor, { is: 'bot' }>> {
  const { text, heardAt, now } = facts;
  const isMessage = turn.cause === 'message';
  const speak = await readSpeakFacts(trx, { conversationId, bot, text: isMessage ? text : '', now });
  // Only what answers a message can come too late, or to a wish to be left alone.
  const heard = { heardAt: isMessage ? heardAt : null, isAutomatic: turn.detail === 'automatic', isStopWord: isMessage && isStop(text) === 'stop' };
  return { is: 'bot', bot, silence: whySilent({ ...speak, ...heard }), hasSpoken: speak.hasSpoken };
}

/** The first bot that may speak here and has not been asked; why the others may not goes into the steps. */
export async function whomToAsk(trx: Trx, { turn, facts, steps }: { turn: HeldTurn; facts: KnownFacts; steps: TurnStep[] }): Promise<KeptBot | null> {
  const { conversationId } = turn;
  if (!conversationId || facts.text.trim() === '') return null;
  for (const bot of await askableBots(trx)) {
    if (steps.some((step) => step.by?.id === bot.id)) continue;
    const { silence } = await actorOf(trx, { bot, turn, facts, conversationId });
    if (!silence) return bot;
    steps.push({ by: { is: 'bot', id: bot.id, name: bot.name }, code: 'silent', detail: silence });
  }
  return null;
}
