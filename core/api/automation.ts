import { z } from 'zod';
import { Acts, Conditions, Intent, Pattern, Trigger, TurnOutcome, TurnStep } from '#core/automation.ts';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Id, Instant, Name, Nothing, Page, pageOf } from './fields.ts';

const RuleFields = z.strictObject({
  name: Name,
  isOn: z.boolean().default(true),
  trigger: Trigger,
  /** All of them have to hold; without any the rule fires each time. */
  conditions: Conditions.default([]),
  acts: Acts,
});
export const AutomationRule = RuleFields.extend({ id: Id, /** Of a schedule: when it is due. */ nextAt: Instant.nullable(), updatedAt: Instant });
const MacroFields = z.strictObject({ name: Name, acts: Acts });
export const Macro = MacroFields.extend({ id: Id, updatedAt: Instant });
/** The words by which a label is found in a text, and a pattern beside them. */
const Wording = z.strictObject({
  words: z.array(z.string().trim().min(1).max(80)).max(100),
  pattern: Pattern.or(z.literal('')),
});
export const LabelWords = Wording.extend({ labelId: Id });

/** Something that happened, and what rules and bots made of it: who did what, and why the others did not. */
export const BotTurn = z.object({
  id: z.string(),
  at: Instant,
  cause: z.enum(['message', 'status', 'schedule', 'opened', 'resolved', 'labelled', 'contact_added', 'pushed', 'macro']),
  conversationId: Id.nullable(),
  contactName: z.string(),
  messageId: Id.nullable(),
  state: z.enum(['waiting', 'asking', 'done']),
  outcome: TurnOutcome.nullable(),
  steps: z.array(TurnStep),
});
/** One sentence for each thing that was decided, in the words of `docs/automation.md`. */
const Decided = z.object({
  outcome: TurnOutcome,
  language: z.string().nullable(),
  intents: z.array(Intent),
  labelIds: z.array(Id),
  steps: z.array(TurnStep),
  /** What would be said, with its variables as they stand. */
  answers: z.array(z.string()),
});

export const automation = {
  listAutomationRules: endpoint({
    method: 'GET',
    path: '/automation/rules',
    summary: 'Rules of the workspace, in the order in which they are asked',
    allows: 'inbox:read',
    reply: z.object({ rows: z.array(AutomationRule) }),
  }),
  addAutomationRule: endpoint({
    method: 'POST',
    path: '/automation/rules',
    summary: 'Add a rule: what sets it off, what has to hold, what it does',
    allows: 'workspace:write',
    body: RuleFields,
    status: 201,
    reply: AutomationRule,
  }),
  changeAutomationRule: endpoint({
    method: 'PATCH',
    path: '/automation/rules/:id',
    summary: 'Change a rule, or switch it off',
    allows: 'workspace:write',
    params: ById,
    body: changesOf(RuleFields),
    reply: AutomationRule,
  }),
  removeAutomationRule: endpoint({
    method: 'DELETE',
    path: '/automation/rules/:id',
    summary: 'Remove a rule; what it did stays in the log',
    allows: 'workspace:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  orderAutomationRules: endpoint({
    method: 'PUT',
    path: '/automation/rules/order',
    summary: 'Say in which order rules are asked',
    allows: 'workspace:write',
    body: z.strictObject({ ids: z.array(Id).min(1).max(200) }),
    reply: z.object({ rows: z.array(AutomationRule) }),
  }),
  tryAutomation: endpoint({
    method: 'POST',
    path: '/automation/test',
    summary: 'What would happen to a text; nothing is sent and nothing is written',
    allows: 'inbox:read',
    body: z.strictObject({
      text: z.string().max(4000),
      accountId: Id.optional(),
      isKnown: z.boolean().default(true),
      labelIds: z.array(Id).max(20).default([]),
      /** As if it were this time. */
      at: Instant.optional(),
      /** A rule that is not kept yet is asked in the place of the one with its id, or after all others. */
      rule: RuleFields.extend({ id: Id.optional() }).optional(),
    }),
    reply: Decided,
  }),
  listBotTurns: endpoint({
    method: 'GET',
    path: '/automation/log',
    summary: 'What rules and bots decided, and why, newest first',
    allows: 'inbox:read',
    query: Page.extend({
      id: z
        .string()
        .regex(/^\d{1,18}$/, 'is not the id of a turn')
        .optional(),
      conversationId: Id.optional(),
      outcome: TurnOutcome.optional(),
    }),
    reply: pageOf(BotTurn),
  }),
  listMacros: endpoint({
    method: 'GET',
    path: '/macros',
    summary: 'Acts that are done together at one word',
    allows: 'inbox:read',
    reply: z.object({ rows: z.array(Macro) }),
  }),
  addMacro: endpoint({
    method: 'POST',
    path: '/macros',
    summary: 'Add a macro',
    allows: 'inbox:write',
    body: MacroFields,
    status: 201,
    reply: Macro,
  }),
  changeMacro: endpoint({
    method: 'PATCH',
    path: '/macros/:id',
    summary: 'Change a macro',
    allows: 'inbox:write',
    params: ById,
    body: changesOf(MacroFields),
    reply: Macro,
  }),
  removeMacro: endpoint({
    method: 'DELETE',
    path: '/macros/:id',
    summary: 'Remove a macro',
    allows: 'inbox:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  runMacro: endpoint({
    method: 'POST',
    path: '/conversations/:id/macros',
    summary: 'Do what a macro says in this conversation; the same key does it once',
    allows: 'inbox:write',
    params: ById,
    body: z.strictObject({ macroId: Id, clientKey: z.string().min(1).max(100).optional() }),
    reply: z.object({ outcome: TurnOutcome, steps: z.array(TurnStep) }),
  }),
  listLabelWords: endpoint({
    method: 'GET',
    path: '/label-words',
    summary: 'Words by which labels are found in texts',
    allows: 'inbox:read',
    reply: z.object({ rows: z.array(LabelWords) }),
  }),
  setLabelWords: endpoint({
    method: 'PUT',
    path: '/labels/:id/words',
    summary: 'Say by which words or pattern a label is found',
    allows: 'inbox:write',
    params: ById,
    body: Wording,
    reply: LabelWords,
  }),
  readBotsIn: endpoint({
    method: 'GET',
    path: '/conversations/:id/bots',
    summary: 'Whether bots are silent in this conversation, and since when',
    allows: 'inbox:read',
    params: ById,
    reply: z.object({ areSilent: z.boolean(), since: Instant.nullable(), hasBots: z.boolean() }),
  }),
  silenceBotsIn: endpoint({
    method: 'PUT',
    path: '/conversations/:id/bots',
    summary: 'Take a conversation on, so that bots are silent in it, or let them back',
    allows: 'inbox:write',
    params: ById,
    body: z.strictObject({ areSilent: z.boolean() }),
    reply: z.object({ areSilent: z.boolean(), since: Instant.nullable(), hasBots: z.boolean() }),
  }),
};
