import { type RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { isSignedHook } from '#channels/hook-signature.ts';
import { readJson } from '#channels/read-json.ts';
import type { TurnStep } from '#core/automation.ts';
import { whySilent } from '#core/bot.ts';
import type { PackRules } from '#core/channel-rules.ts';
import { Failure } from '#core/failure.ts';
import { addDoneTurn, readTurn, settleTurn } from '#sql/bot-turns.ts';
import { botAt, handOver, readKeptBot, readSpeakFacts } from '#sql/bots.ts';
import { outcomeOf, sayAsBot } from '#sql/carry-out.ts';
import { type Db, inWorkspace, type Trx } from '#sql/database.ts';
import { readReplyWay } from '#sql/inbox.ts';
import type { Queue } from '#sql/queue.ts';
import type { Sealer } from '#sql/sealed.ts';
import { createTurnAway, readBytes } from './open-door.ts';

export type BotDoorParts = { db: Db; queue: Queue; packs: readonly PackRules[]; sealer: Sealer; ring: () => void; now: () => Date; log: Logger };

/** What an outside bot pushes into a conversation, by itself or after it was asked. */
const Pushed = z.strictObject({ conversationId: z.uuid(), text: z.string().trim().max(10_000).default(''), handOver: z.boolean().default(false) });
type Pushed = z.output<typeof Pushed>;

/** Where HTTP bots bring their answers, without a session: the bot's own id and its signature let them in. The same `webhook-id` is said once. */
export function mountBotDoor(parts: BotDoorParts): Router {
  const router = Router();
  router.post('/webhook', receive(parts));
  return router;
}

function receive(parts: BotDoorParts): RequestHandler {
  const turnAway = createTurnAway(parts.db, 'bots');
  return async (request, response) => {
    const body = await readBytes(request, response);
    const botId = z.uuid().safeParse(request.get('x-patchbay-bot')).data;
    const known = botId ? await botAt(parts.db, botId) : null;
    const header = (name: string) => request.get(name) ?? '';
    const isSigned =
      known !== null && isSignedHook(parts.sealer.openText(known.sealedSecret), { header, body: body.toString('utf8'), now: parts.now() });
    if (!botId || !isSigned) throw (await turnAway(request)) ?? new Failure('signed_out', 'This body is not signed for this bot.');
    const read = Pushed.safeParse(readJson(body.toString('utf8')));
    if (!read.success || (read.data.text === '' && !read.data.handOver))
      throw new Failure('invalid_input', 'Send {"conversationId": "…", "text": "…"} or {"conversationId": "…", "handOver": true}.');
    const said = await inWorkspace(parts.db, known.workspaceId, (trx) =>
      take(trx, parts, { workspaceId: known.workspaceId, botId, id: header('webhook-id').slice(0, 100), pushed: read.data }),
    );
    parts.ring();
    response.status(200).set('cache-control', 'no-store').json(said);
  };
}

type Taking = { workspaceId: string; botId: string; id: string; pushed: Pushed };

async function take(trx: Trx, parts: BotDoorParts, { workspaceId, botId, id, pushed }: Taking) {
  const { conversationId, text } = pushed;
  const { contactId } = await readReplyWay(trx, conversationId);
  const bot = await readKeptBot(trx, botId);
  if (!bot) throw new Failure('not_found');
  const subject = `pushed ${botId} ${id}`;
  const turnId = await addDoneTurn(trx, { workspaceId, cause: 'pushed', subject, conversationId, botId });
  if (!turnId) return { ...(await readTurn(trx, subject)), isRepeated: true };
  const now = parts.now();
  const by = { is: 'bot' as const, id: bot.id, name: bot.name };
  if (pushed.handOver) {
    await handOver(trx, { workspaceId, conversationId }, { personId: null, now });
    const steps: TurnStep[] = [{ by, code: 'did', detail: 'hand_over' }];
    await settleTurn(trx, turnId, { outcome: 'handed_over', steps, now });
    return { outcome: 'handed_over' as const, steps, isRepeated: false };
  }
  // What a bot says by itself answers no message: nothing can be too late, or a wish to be left alone.
  const { hasSpoken, ...speak } = await readSpeakFacts(trx, { conversationId, bot, text: '', now });
  const silence = whySilent({ ...speak, heardAt: null, isAutomatic: false, isStopWord: false });
  const ask = { workspaceId, turnId, conversationId, contactId, messageId: null, by, actor: { is: 'bot' as const, bot, silence, hasSpoken } };
  const said = await sayAsBot(trx, parts, ask, text);
  const outcome = outcomeOf([said], said.steps);
  await settleTurn(trx, turnId, { outcome, steps: said.steps, now });
  return { outcome, steps: said.steps, isRepeated: false };
}
