import { z } from 'zod';
import type { Bot, BotReply } from '#core/bot.ts';
import { Failure } from '#core/failure.ts';
import type { GuardedRequest } from './guarded-request.ts';
import { signHook } from './hook-signature.ts';
import { readJson } from './read-json.ts';

/** What an HTTP bot says: a text, that a person is wanted, or nothing. */
const Reply = z.object({ answer: z.string().max(10_000).optional(), handOver: z.boolean().optional(), why: z.string().max(300).optional() });
const mostBytes = 64 * 1024;

type Way = { url: string; secret: string; timeoutMs: number; now: () => Date };

/** Somebody's own bot: asked by one signed request, whose id is that of the turn, so that being asked twice can be told from two messages. */
export function createHttpBot({ url, secret, timeoutMs, now }: Way, ask: GuardedRequest): Bot {
  return {
    async ask(question, signal) {
      const body = JSON.stringify({ type: 'bot.question', ...question });
      const headers = { 'content-type': 'application/json', ...signHook(secret, { id: `turn_${question.turnId}`, at: now(), body }) };
      const { status, body: said } = await ask({ url, method: 'POST', headers, body, timeoutMs, mostBytes }, signal);
      if (status === 204) return { is: 'nothing', why: '' };
      if (status < 200 || status > 299) throw new Failure('address_unreachable', `The bot answered ${status}.`);
      return replyOf(said);
    },
  };
}

function replyOf(said: string): BotReply {
  const read = Reply.safeParse(readJson(said));
  if (!read.success) throw new Failure('unreadable_body', 'The bot’s answer is not what was asked for: {"answer": "…"}, {"handOver": true} or {}.');
  const { answer = '', handOver, why = '' } = read.data;
  if (handOver) return { is: 'hand_over', why };
  return answer.trim() === '' ? { is: 'nothing', why } : { is: 'answer', text: answer.trim() };
}
