import type { Contract } from '#core/api/contract.ts';
import type { Act, TurnStep } from '#core/automation.ts';
import { whySilent } from '#core/bot.ts';
import { matchRules, type RuleFacts } from '#core/match-rule.ts';
import { compilePattern, readText } from '#core/read-text.ts';
import { isStop } from '#core/stop-words.ts';
import { compileTemplate } from '#core/template.ts';
import * as rules from '#sql/automation-rules.ts';
import { addDoneTurn, listTurns, readTurn, settleTurn } from '#sql/bot-turns.ts';
import { askableBots, handOver, letBotsBack, readBotsIn, rulesBot, serves } from '#sql/bots.ts';
import { carryOut, outcomeOf } from '#sql/carry-out.ts';
import type { Trx } from '#sql/database.ts';
import { readConversation } from '#sql/inbox.ts';
import { findAccount } from '#sql/profiles.ts';
import { readWorkspace } from '#sql/workspace.ts';
import type { Ask, Handlers } from './handler.ts';
import type { InboxParts } from './inbox.ts';

export const automationHandlers = (parts: InboxParts) =>
  ({
    listAutomationRules: ({ transaction }) => transaction(async (trx) => ({ rows: await rules.listRules(trx) })),
    addAutomationRule({ body, caller, transaction }) {
      refuseUnusable(body);
      return transaction((trx) => rules.addRule(trx, caller.workspaceId, body, parts.now()));
    },
    changeAutomationRule({ params, body, caller, transaction }) {
      refuseUnusable(body);
      return transaction((trx) => rules.changeRule(trx, { workspaceId: caller.workspaceId, id: params.id }, given(body), parts.now()));
    },
    async removeAutomationRule({ params, caller, transaction }) {
      await transaction((trx) => rules.removeRule(trx, { workspaceId: caller.workspaceId, id: params.id }));
      return null;
    },
    orderAutomationRules: ({ body, caller, transaction }) =>
      transaction(async (trx) => ({ rows: await rules.orderRules(trx, caller.workspaceId, body.ids) })),
    tryAutomation({ body, caller, transaction }) {
      if (body.rule) refuseUnusable(body.rule);
      return transaction((trx) => tryText(trx, caller.workspaceId, body, parts.now()));
    },
    listBotTurns: ({ query, transaction }) =>
      transaction((trx) => {
        const { cursor, limit, ...filter } = query;
        return listTurns(trx, filter, { cursor, limit });
      }),
    listMacros: ({ transaction }) => transaction(async (trx) => ({ rows: await rules.listMacros(trx) })),
    addMacro({ body, caller, transaction }) {
      refuseUnusable(body);
      return transaction((trx) => rules.addMacro(trx, caller.workspaceId, body));
    },
    changeMacro({ params, body, caller, transaction }) {
      refuseUnusable(body);
      return transaction((trx) => rules.changeMacro(trx, { workspaceId: caller.workspaceId, id: params.id }, body));
    },
    async removeMacro({ params, caller, transaction }) {
      await transaction((trx) => rules.removeMacro(trx, { workspaceId: caller.workspaceId, id: params.id }));
      return null;
    },
    runMacro: ({ params, body, caller, transaction }) => transaction((trx) => runMacro(trx, parts, { id: params.id, ...body, caller })),
    listLabelWords: ({ transaction }) => transaction(async (trx) => ({ rows: await rules.listLabelWords(trx) })),
    setLabelWords({ params, body, caller, transaction }) {
      if (body.pattern) compilePattern(body.pattern);
      const words = { labelId: params.id, ...body };
      return transaction(async (trx) => {
        await rules.setLabelWords(trx, caller.workspaceId, words);
        return words;
      });
    },
    readBotsIn: ({ params, transaction }) => transaction((trx) => readBotsIn(trx, params.id)),
    silenceBotsIn: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        const talk = { workspaceId: caller.workspaceId, conversationId: params.id };
        await readBotsIn(trx, params.id);
        if (body.areSilent) await handOver(trx, talk, { personId: caller.personId, now: parts.now() });
        else await letBotsBack(trx, talk);
        return readBotsIn(trx, params.id);
      }),
  }) satisfies Partial<Handlers>;

type RuleLike = { conditions?: readonly { of: string; pattern?: string }[] | undefined; acts?: readonly Act[] | undefined };

/** Throws `invalid_input` for a pattern and `template_invalid` for an answer that could not be used when the time comes. */
function refuseUnusable({ conditions = [], acts = [] }: RuleLike): void {
  for (const condition of conditions) if (condition.pattern) compilePattern(condition.pattern);
  for (const act of acts) if (act.do === 'answer') compileTemplate({ body: act.text });
}

const given = <T extends object>(body: T) =>
  // What is left out of a change is no key of it.
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };

type Tried = Ask<Contract['tryAutomation']>['body'];

/** The same reading and the same rules as for a message that came in; nothing is said, nothing is written. */
async function tryText(trx: Trx, workspaceId: string, { text, accountId, isKnown, labelIds, at, rule }: Tried, now: Date) {
  const reading = await readText(text, await rules.listLabelWords(trx));
  const account = accountId ? await findAccount(trx, accountId) : null;
  const facts: RuleFacts = {
    cause: 'message',
    detail: null,
    reading,
    channel: account?.channel ?? null,
    accountId: accountId ?? null,
    labelIds,
    isKnown,
    waitingSince: now,
    now: at ? new Date(at) : now,
    zone: (await readWorkspace(trx)).zone,
  };
  const kept = await rules.listRules(trx);
  const own = rule && { ...rule, id: rule.id ?? '00000000-0000-4000-8000-000000000000' };
  const asked = own ? [...kept.map((one) => (one.id === own.id ? own : one)), ...(kept.some((one) => one.id === own.id) ? [] : [own])] : kept;
  const verdict = matchRules(asked, facts);
  const bot = await rulesBot(trx, workspaceId);
  const silence = whySilent({
    isOn: bot.isOn,
    isServed: !account || !accountId || serves(bot, { accountId, channel: account.channel }),
    isStopWord: isStop(text) === 'stop',
    ...nothingAgainst,
    now,
  });
  const steps = [...verdict.steps];
  const answers: string[] = [];
  for (const { rule: fired, acts } of verdict.fired) {
    for (const said of await wordsOf(trx, acts)) {
      if (silence) steps.push({ by: { is: 'rule', id: fired.id, name: fired.name }, code: 'silent', detail: silence });
      else answers.push(said);
    }
  }
  const hasActed = verdict.fired.some(({ acts }) => acts.some((act) => act.do !== 'answer' && act.do !== 'canned'));
  const carried = { steps: [], hasAnswered: answers.length > 0, hasActed, hasHandedOver: false };
  if (answers.length === 0 && !verdict.isStopped && !silence) steps.push(...(await wouldAsk(trx)));
  return {
    outcome: outcomeOf([carried], steps),
    language: reading.language,
    intents: [...reading.intents],
    labelIds: [...reading.tagIds],
    steps,
    answers,
  };
}

/** What only a conversation knows: a test has none. */
const nothingAgainst = {
  isGroup: false,
  isAutomatic: false,
  heardAt: null,
  handedOver: false,
  personAnsweredAt: null,
  isEcho: false,
  answersInTalk: 0,
  answersInHour: 0,
  ceilings: { perTalk: 1, perHour: 1 },
};

async function wouldAsk(trx: Trx): Promise<TurnStep[]> {
  const [bot] = await askableBots(trx);
  return bot ? [{ by: { is: 'bot', id: bot.id, name: bot.name }, code: 'asked', detail: '' }] : [];
}

async function wordsOf(trx: Trx, acts: readonly Act[]): Promise<string[]> {
  const ids = acts.flatMap((act) => (act.do === 'canned' ? [act.cannedAnswerId] : []));
  const canned = ids.length === 0 ? [] : await trx.selectFrom('canned_answers').select(['id', 'body']).where('id', 'in', ids).execute();
  return acts.flatMap((act) => {
    if (act.do === 'answer') return [act.text];
    return act.do === 'canned' ? canned.filter((row) => row.id === act.cannedAnswerId).map((row) => row.body) : [];
  });
}

type Running = { id: string; macroId: string; clientKey?: string | undefined; caller: { workspaceId: string; personId: string } };

async function runMacro(trx: Trx, parts: InboxParts, { id: conversationId, macroId, clientKey, caller }: Running) {
  const { workspaceId, personId } = caller;
  const { contactId } = await readConversation(trx, conversationId);
  const macro = await rules.readMacro(trx, macroId);
  const subject = `macro ${macroId} ${conversationId} ${clientKey ?? crypto.randomUUID()}`;
  const turnId = await addDoneTurn(trx, { workspaceId, cause: 'macro', subject, conversationId });
  if (!turnId) return (await readTurn(trx, subject)) ?? { outcome: 'nothing' as const, steps: [] };
  const by = { is: 'macro' as const, id: macro.id, name: macro.name };
  const ask = { workspaceId, turnId, conversationId, contactId, messageId: null, by, actor: { is: 'person' as const, personId } };
  const carried = await carryOut(trx, parts, ask, macro.acts);
  const steps: TurnStep[] = [{ by, code: 'did', detail: macro.acts.map((act) => act.do).join(', ') }, ...carried.steps];
  const outcome = outcomeOf([carried], steps);
  await settleTurn(trx, turnId, { outcome, steps, now: parts.now() });
  return { outcome, steps };
}
