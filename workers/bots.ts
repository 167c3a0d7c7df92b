import type { Logger } from 'pino';
import type { GuardedRequest } from '#channels/guarded-request.ts';
import { createHttpBot } from '#channels/http-bot.ts';
import { createOpenAiBot } from '#channels/openai-bot.ts';
import type { TurnStep } from '#core/automation.ts';
import type { Bot, BotQuestion, BotReply } from '#core/bot.ts';
import type { PackRules } from '#core/channel-rules.ts';
import { asFailure } from '#core/failure.ts';
import { askBotIn, type DueTurn, dueTurns, type HeldTurn, holdTurn, postponeTurn, readQuestion, settleTurn } from '#sql/bot-turns.ts';
import { handOver, type KeptBot, readKeptBot } from '#sql/bots.ts';
import { type CarryAsk, outcomeOf, sayAsBot } from '#sql/carry-out.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, inWorkspace, type Trx } from '#sql/database.ts';
import type { Queue } from '#sql/queue.ts';
import type { Sealer } from '#sql/sealed.ts';
import { actorOf, readRuleFacts, whomToAsk } from './automation.ts';
import { createLines } from './lines.ts';

export type BotWorkParts = {
  db: Db;
  clock: Clock;
  queue: Queue;
  sealer: Sealer;
  packs: readonly PackRules[];
  ask: GuardedRequest;
  tell: () => void;
  log: Pick<Logger, 'warn'>;
};

/** Turns that bots are asked of at the same time. */
const atOnce = 32;
const mostTries = 3;
const usualSeconds = 10;
/** What has been asked for longer than its bot may take was asked by a worker that died. */
const marginSeconds = 15;

/**
 * Asks bots what no rule has answered. Nothing is held while one thinks: the turn is put off by longer than it may take, and whoever comes back
 * with an answer finds it as it was, or leaves it alone. A bot may be asked twice under the same id; its answer is said once. `settled` ends when
 * nothing is under way.
 */
export function createBotWork(parts: BotWorkParts): { look: (signal: AbortSignal) => Promise<void>; settled: () => Promise<void> } {
  const lines = createLines();
  const work = (due: DueTurn, signal: AbortSignal) =>
    askOne(parts, due, signal)
      .catch((error: unknown) => putOff(parts, due, error))
      .catch((error: unknown) => parts.log.warn({ err: error, turnId: due.turnId }, 'a turn could not be put off'))
      .finally(parts.tell);
  return {
    async look(signal) {
      if (lines.size >= atOnce || signal.aborted) return;
      for (const due of await dueTurns(parts.db, 'asking', parts.clock.now(), atOnce - lines.size)) lines.begin(due.turnId, () => work(due, signal));
    },
    settled: lines.settled,
  };
}

/** What fails here is no failure of the bot's; tried again at once it would stand before all others. */
async function putOff({ db, clock, log }: BotWorkParts, { workspaceId, turnId }: DueTurn, error: unknown): Promise<void> {
  log.warn({ err: error, turnId }, 'a bot could not be asked');
  const why = error instanceof Error ? error.name : 'failed';
  await inWorkspace(db, workspaceId, (trx) => postponeTurn(trx, turnId, { why, now: clock.now() }));
}

type Asked = { turn: HeldTurn; bot: KeptBot; question: BotQuestion };

async function askOne(parts: BotWorkParts, due: DueTurn, signal: AbortSignal): Promise<void> {
  const asked = await inWorkspace(parts.db, due.workspaceId, (trx) => beginAsking(trx, parts, due.turnId));
  if (!asked) return;
  const reply = await asked.ask(signal).catch((error: unknown) => ({ is: 'failed' as const, why: asFailure(error).message }));
  // Stopping is no failure of the bot's: the next worker asks again.
  if (signal.aborted && reply.is === 'failed') return;
  await inWorkspace(parts.db, due.workspaceId, (trx) => takeReply(trx, parts, { workspaceId: due.workspaceId, asked, reply }));
}

async function beginAsking(
  trx: Trx,
  { sealer, ask, clock }: BotWorkParts,
  turnId: string,
): Promise<(Asked & { ask: (signal: AbortSignal) => Promise<BotReply> }) | null> {
  const turn = await holdTurn(trx, turnId, 'asking');
  const bot = turn?.botId ? await readKeptBot(trx, turn.botId) : null;
  const question = turn && (await readQuestion(trx, turn));
  if (!turn) return null;
  if (!bot || !question) {
    await settleTurn(trx, turnId, { outcome: 'nothing', steps: turn.steps, now: clock.now() });
    return null;
  }
  const seconds = bot.settings.timeoutSeconds ?? usualSeconds;
  const dueAt = new Date(clock.now().getTime() + (seconds + marginSeconds) * 1000);
  await askBotIn(trx, turnId, { botId: bot.id, steps: turn.steps, dueAt, attempts: turn.attempts + 1 });
  const secret = bot.sealedSecret ? sealer.openText(bot.sealedSecret) : null;
  const asking = botOf(bot, { secret, ask, now: clock.now });
  return { turn, bot, question, ask: (signal) => asking.ask(question, signal) };
}

type Way = { secret: string | null; ask: GuardedRequest; now: () => Date };

/** One interface, whoever stands behind it. */
function botOf({ kind, settings }: KeptBot, { secret, ask, now }: Way): Bot {
  const { url = '', model = '', system = '', timeoutSeconds = usualSeconds } = settings;
  const timeoutMs = timeoutSeconds * 1000;
  return kind === 'openai'
    ? createOpenAiBot({ url, model, system, key: secret, timeoutMs }, ask)
    : createHttpBot({ url, secret: secret ?? '', timeoutMs, now }, ask);
}

type Taken = { workspaceId: string; asked: Asked; reply: BotReply | { is: 'failed'; why: string } };

async function takeReply(trx: Trx, parts: BotWorkParts, { workspaceId, asked, reply }: Taken): Promise<void> {
  const turn = await holdTurn(trx, asked.turn.turnId, 'asking');
  // As it is now: it may have been switched off or removed while it thought.
  const bot = turn?.botId ? await readKeptBot(trx, turn.botId) : null;
  // Another worker has asked since, or a person was faster than all of us.
  if (!turn?.conversationId || !bot || turn.attempts !== asked.turn.attempts + 1) return;
  const now = parts.clock.now();
  const by = { is: 'bot' as const, id: bot.id, name: bot.name };
  if (reply.is === 'failed' && turn.attempts < mostTries) {
    const dueAt = new Date(now.getTime() + 4 ** turn.attempts * 1000);
    return askBotIn(trx, turn.turnId, { botId: bot.id, steps: turn.steps, dueAt, attempts: turn.attempts });
  }
  const steps: TurnStep[] = [...turn.steps];
  const facts = await readRuleFacts(trx, parts, turn);
  if (reply.is === 'answer') {
    const actor = await actorOf(trx, { bot, turn, facts, conversationId: turn.conversationId });
    const ask: CarryAsk & { conversationId: string } = {
      workspaceId,
      turnId: turn.turnId,
      conversationId: turn.conversationId,
      contactId: facts.contactId,
      messageId: turn.messageId,
      by,
      actor,
    };
    const said = await sayAsBot(trx, { ...parts, now: parts.clock.now }, ask, reply.text);
    return settleTurn(trx, turn.turnId, { outcome: outcomeOf([said], said.steps), steps: [...steps, ...said.steps], now });
  }
  if (reply.is === 'hand_over') {
    await handOver(trx, { workspaceId, conversationId: turn.conversationId }, { personId: null, now });
    return settleTurn(trx, turn.turnId, { outcome: 'handed_over', steps: [...steps, { by, code: 'did', detail: 'hand_over' }], now });
  }
  steps.push({ by, code: reply.is === 'failed' ? 'failed' : 'nothing_to_say', detail: reply.why.slice(0, 300) });
  const next = await whomToAsk(trx, { turn, facts, steps });
  if (next) return askBotIn(trx, turn.turnId, { botId: next.id, steps, dueAt: now, attempts: 0 });
  await settleTurn(trx, turn.turnId, { outcome: outcomeOf([], steps), steps, now });
}
