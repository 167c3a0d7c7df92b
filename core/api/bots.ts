import { z } from 'zod';
import { BotKind, TurnOutcome } from '#core/automation.ts';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Id, Name, Nothing } from './fields.ts';

const WebAddress = z.url({ protocol: /^https?$/ }).max(2000);
/** Where a bot is asked. The rules' own has none of it. */
export const BotSettings = z.strictObject({
  /** Of an HTTP bot its address; of an OpenAI-compatible one what stands before /chat/completions. */
  url: WebAddress.optional(),
  model: z.string().trim().min(1).max(200).optional(),
  /** What the model is told before all else. */
  system: z.string().max(10_000).optional(),
  timeoutSeconds: z.number().int().min(1).max(60).optional(),
});
const Shared = z.strictObject({
  name: Name,
  isOn: z.boolean().default(true),
  /** Empty: all of them. */
  channels: z.array(z.string().min(1).max(40)).max(40).default([]),
  accountIds: z.array(Id).max(200).default([]),
  answersPerHour: z.number().int().min(1).max(10_000).default(60),
  /** In one conversation, within `talkMinutes`. */
  answersPerTalk: z.number().int().min(1).max(100).default(5),
  talkMinutes: z.number().int().min(1).max(1440).default(10),
  /** Said before its first answer in a conversation. */
  notice: z.string().trim().max(500).default(''),
  settings: BotSettings.default({}),
});
export const Bot = z.object({ id: Id, kind: BotKind, ...Shared.shape, hasSecret: z.boolean(), answersThisHour: z.number() });
/** Of an HTTP bot what signs both ways, of an OpenAI-compatible one its key. It is never shown again. */
const Secret = z.string().trim().min(1).max(500);
const NewBot = Shared.extend({ kind: BotKind.exclude(['rules']), secret: Secret.optional() });

/** Who may answer, and what became of what came in since a day ago. */
const BotStatus = z.object({
  bots: z.array(Bot.pick({ id: true, name: true, kind: true, isOn: true, answersThisHour: true, answersPerHour: true })),
  rules: z.object({ on: z.number(), off: z.number() }),
  waiting: z.number(),
  asking: z.number(),
  handedOver: z.number(),
  lastDay: z.record(TurnOutcome, z.number()),
});

export const bots = {
  readBotStatus: endpoint({
    method: 'GET',
    path: '/bot/status',
    summary: 'Bots, rules, what waits, and what was decided since a day ago',
    allows: 'inbox:read',
    reply: BotStatus,
  }),
  listBots: endpoint({
    method: 'GET',
    path: '/bots',
    summary: 'Who may answer in place of a person, the rules first',
    allows: 'inbox:read',
    reply: z.object({ rows: z.array(Bot) }),
  }),
  addBot: endpoint({
    method: 'POST',
    path: '/bots',
    summary: 'Add a bot that is asked what no rule has answered',
    allows: 'workspace:write',
    body: NewBot,
    status: 201,
    reply: Bot,
  }),
  changeBot: endpoint({
    method: 'PATCH',
    path: '/bots/:id',
    summary: 'Change a bot, or switch it off',
    allows: 'workspace:write',
    params: ById,
    body: changesOf(Shared).extend({ secret: Secret.optional() }),
    reply: Bot,
  }),
  removeBot: endpoint({
    method: 'DELETE',
    path: '/bots/:id',
    summary: 'Remove a bot; what it said stays',
    allows: 'workspace:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
};
