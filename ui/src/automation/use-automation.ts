import { computed } from 'vue';
import type { z } from 'zod';
import type { AutomationRule, automation, BotTurn, LabelWords, Macro } from '#core/api/automation.ts';
import type { Bot, bots } from '#core/api/bots.ts';
import type { TurnOutcome } from '#core/automation.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { usePages } from '#ui/connection/use-pages.ts';

export type RuleRow = z.output<typeof AutomationRule>;
export type RuleValues = Pick<RuleRow, 'name' | 'isOn' | 'trigger' | 'conditions' | 'acts'>;
export type MacroRow = z.output<typeof Macro>;
export type BotRow = z.output<typeof Bot>;
export type TurnRow = z.output<typeof BotTurn>;
export type NewBot = z.input<NonNullable<typeof bots.addBot.body>>;
export type BotChange = z.input<NonNullable<typeof bots.changeBot.body>>;
export type Tried = z.output<typeof automation.tryAutomation.reply>;
export type TryAsk = z.input<NonNullable<typeof automation.tryAutomation.body>>;

const onChange = { on: (event: { kind: string }) => event.kind === 'automation_changed' };

export function useRules() {
  const client = useClient();
  return useLoaded((signal) => client.listAutomationRules({}, signal), onChange);
}
export function useMacros() {
  const client = useClient();
  return useLoaded((signal) => client.listMacros({}, signal), onChange);
}
export function useBots() {
  const client = useClient();
  return useLoaded((signal) => client.listBots({}, signal), onChange);
}
export function useLabelWords() {
  const client = useClient();
  return useLoaded((signal) => client.listLabelWords({}, signal), onChange);
}
export function useTurns(outcome: () => TurnOutcome | 'all') {
  const client = useClient();
  return usePages<TurnRow>(
    (ask, signal) => {
      const chosen = outcome();
      return client.listBotTurns({ query: chosen === 'all' ? ask : { ...ask, outcome: chosen } }, signal);
    },
    { key: outcome, on: (event) => event.kind === 'message_added' },
  );
}

/** What rules name: accounts, labels, people, teams, canned answers and drafts of campaigns, each as a choice. */
export function useRuleWords() {
  const client = useClient();
  const { loaded } = useLoaded(async (signal) => {
    const [accounts, labels, people, teams, canned, campaigns, policies] = await Promise.all([
      client.listAccounts({}, signal),
      client.listLabels({}, signal),
      client.listAssignees({}, signal),
      client.listTeams({}, signal),
      client.listCannedAnswers({}, signal),
      client.listCampaigns({}, signal),
      client.listSlaPolicies({}, signal),
    ]);
    const named = (rows: readonly { id: string; name: string }[]) => rows.map(({ id, name }) => ({ value: id, label: name }));
    return {
      accounts: named(accounts.rows),
      channels: [...new Set(accounts.rows.map((row) => row.channel))].map((value) => ({ value, label: value })),
      labels: named(labels.rows),
      people: named(people.rows),
      teams: named(teams.rows),
      canned: canned.rows.map(({ id, shortcut }) => ({ value: id, label: `/${shortcut}` })),
      campaigns: named(campaigns.rows.filter((row) => row.state === 'draft')),
      policies: named(policies.rows),
    };
  });
  const none = { accounts: [], channels: [], labels: [], people: [], teams: [], canned: [], campaigns: [], policies: [] };
  return computed(() => (loaded.value.is === 'ready' ? loaded.value.value : none));
}

export function useAutomationActs() {
  const client = useClient();
  const at = (id: string) => ({ params: { id } });
  return {
    addRule: (body: RuleValues) => client.addAutomationRule({ body }),
    changeRule: (id: string, body: Partial<RuleValues>) => client.changeAutomationRule({ ...at(id), body }),
    removeRule: (id: string) => client.removeAutomationRule(at(id)),
    orderRules: (ids: string[]) => client.orderAutomationRules({ body: { ids } }),
    tryText: (body: TryAsk) => client.tryAutomation({ body }),
    addMacro: (body: Pick<MacroRow, 'name' | 'acts'>) => client.addMacro({ body }),
    changeMacro: (id: string, body: Pick<MacroRow, 'name' | 'acts'>) => client.changeMacro({ ...at(id), body }),
    removeMacro: (id: string) => client.removeMacro(at(id)),
    runMacro: (id: string, macroId: string, clientKey: string) => client.runMacro({ ...at(id), body: { macroId, clientKey } }),
    addBot: (body: NewBot) => client.addBot({ body }),
    changeBot: (id: string, body: BotChange) => client.changeBot({ ...at(id), body }),
    removeBot: (id: string) => client.removeBot(at(id)),
    setWords: ({ labelId, words, pattern }: z.output<typeof LabelWords>) => client.setLabelWords({ ...at(labelId), body: { words, pattern } }),
    /** Null: the log of then is not kept any more. */
    readTurn: async (id: string) => (await client.listBotTurns({ query: { id, limit: 1 } })).rows[0] ?? null,
    botsIn: (id: string, signal?: AbortSignal) => client.readBotsIn(at(id), signal),
    silence: (id: string, areSilent: boolean) => client.silenceBotsIn({ ...at(id), body: { areSilent } }),
  };
}
