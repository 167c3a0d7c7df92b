import { z } from 'zod';
import { Priority } from './conversation.ts';

/** Languages that texts are told apart in, by their ISO 639-1 codes; `id` is Malay too, which short texts do not tell from Indonesian. */
export const languages = [
  ...['en', 'de', 'es', 'fr', 'it', 'pt', 'nl', 'pl', 'cs', 'ro', 'hu', 'tr', 'el', 'ru', 'uk', 'bg', 'sv', 'da', 'fi'],
  ...['ar', 'fa', 'he', 'hi', 'id', 'vi', 'th', 'zh', 'ja', 'ko'],
] as const;

/** What somebody seems to want, by words of several languages (`intents.ts`). */
export const Intent = z.enum(['greeting', 'thanks', 'question', 'price', 'hours', 'delivery', 'complaint', 'person']);
export type Intent = z.output<typeof Intent>;

const Id = z.uuid();
const Words = z.array(z.string().trim().min(1).max(80)).min(1).max(50);
const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day, such as 09:00');
const Weekdays = z.array(z.number().int().min(1).max(7)).min(1).max(7);
/** A pattern is matched in linear time (RE2): look-around and back-references are not in it. */
export const Pattern = z.string().min(1).max(500);

/** What sets a rule off. Times are those of the workspace's zone. */
export const Trigger = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal('message') }),
  z.strictObject({ on: z.literal('status'), statuses: z.array(z.enum(['delivered', 'read', 'failed', 'uncertain'])).min(1) }),
  /** Looks through the open conversations then. */
  z.strictObject({ on: z.literal('schedule'), weekdays: Weekdays, at: TimeOfDay }),
  z.strictObject({ on: z.literal('opened') }),
  z.strictObject({ on: z.literal('resolved') }),
  z.strictObject({ on: z.literal('labelled'), labelIds: z.array(Id).min(1).max(20) }),
  z.strictObject({ on: z.literal('contact_added') }),
]);
export type Trigger = z.output<typeof Trigger>;
export type Cause = Trigger['on'];

/** All of a rule have to hold. */
export const Condition = z.discriminatedUnion('of', [
  z.strictObject({ of: z.literal('words'), are: z.enum(['any', 'all', 'none']), words: Words }),
  z.strictObject({ of: z.literal('pattern'), pattern: Pattern }),
  z.strictObject({ of: z.literal('language'), in: z.array(z.enum(languages)).min(1).max(30) }),
  z.strictObject({ of: z.literal('intent'), in: z.array(Intent).min(1) }),
  /** The words of a label stand in the text. */
  z.strictObject({ of: z.literal('tag'), labelIds: z.array(Id).min(1).max(20) }),
  /** The conversation has one of the labels. */
  z.strictObject({ of: z.literal('label'), labelIds: z.array(Id).min(1).max(20) }),
  z.strictObject({ of: z.literal('channel'), in: z.array(z.string().min(1).max(40)).min(1).max(20) }),
  z.strictObject({ of: z.literal('account'), in: z.array(Id).min(1).max(200) }),
  /** Known: stands in a list, or wrote or was written to before. */
  z.strictObject({ of: z.literal('contact'), is: z.enum(['known', 'new']) }),
  z.strictObject({ of: z.literal('hours'), are: z.enum(['inside', 'outside']), weekdays: Weekdays, from: TimeOfDay, to: TimeOfDay }),
  /** Their newest message has had no answer for so long. */
  z.strictObject({ of: z.literal('waiting'), minutes: z.number().int().min(1).max(100_000) }),
]);
export type Condition = z.output<typeof Condition>;

/** What a rule, a macro or a bot does, in this order. */
export const Act = z.discriminatedUnion('do', [
  /** May hold variables of the contact, such as {{first_name}}. */
  z.strictObject({ do: z.literal('answer'), text: z.string().trim().min(1).max(10_000) }),
  z.strictObject({ do: z.literal('canned'), cannedAnswerId: Id }),
  z.strictObject({ do: z.literal('label'), labelIds: z.array(Id).min(1).max(20) }),
  z.strictObject({ do: z.literal('unlabel'), labelIds: z.array(Id).min(1).max(20) }),
  z.strictObject({ do: z.literal('assign'), personId: Id.nullable().optional(), teamId: Id.nullable().optional() }),
  z.strictObject({ do: z.literal('priority'), priority: Priority }),
  z.strictObject({ do: z.literal('state'), state: z.enum(['open', 'resolved', 'archived']) }),
  /** Under this policy answers are owed from here on; null: under none. */
  z.strictObject({ do: z.literal('sla'), slaPolicyId: Id.nullable() }),
  z.strictObject({ do: z.literal('note'), text: z.string().trim().min(1).max(10_000) }),
  /** The webhooks that are told of `rule_fired` get one. */
  z.strictObject({ do: z.literal('webhook') }),
  /** Starts a campaign that stands ready as a draft, once. */
  z.strictObject({ do: z.literal('start_campaign'), campaignId: Id }),
  /** Bots are silent in this conversation from here on. */
  z.strictObject({ do: z.literal('hand_over') }),
  /** No later rule is looked at, and no bot is asked. */
  z.strictObject({ do: z.literal('stop') }),
]);
export type Act = z.output<typeof Act>;

export const Conditions = z.array(Condition).max(20);
export const Acts = z.array(Act).min(1).max(20);

export type Rule = { id: string; name: string; isOn: boolean; trigger: Trigger; conditions: readonly Condition[]; acts: readonly Act[] };

export const BotKind = z.enum(['rules', 'http', 'openai']);
export type BotKind = z.output<typeof BotKind>;

/** Why somebody who might have spoken did not. */
export const SilenceReason = z.enum([
  'group',
  'stop_word',
  'automatic',
  'too_late',
  'handed_over',
  'person_answers',
  'echo',
  'talk_ceiling',
  'hour_ceiling',
  'bot_off',
  'not_served',
]);
export type SilenceReason = z.output<typeof SilenceReason>;

/** One line of the log of a turn: who decided what, and why. `detail` never holds a text of the conversation. */
export const TurnStep = z.object({
  /** The rule or the bot; null: the program. */
  by: z.object({ is: z.enum(['rule', 'bot', 'macro']), id: Id, name: z.string() }).nullable(),
  /** What was done or decided: `did`, or why nothing was. */
  code: z.enum([
    'did',
    'condition_failed',
    'off',
    'other_trigger',
    'after_stop',
    'silent',
    'refused',
    'asked',
    'nothing_to_say',
    'answered_already',
    'failed',
    'no_conversation',
    'no_rule',
  ]),
  detail: z.string().max(500),
});
export type TurnStep = z.output<typeof TurnStep>;

export const TurnOutcome = z.enum(['answered', 'acted', 'handed_over', 'silent', 'nothing', 'refused', 'failed']);
export type TurnOutcome = z.output<typeof TurnOutcome>;
