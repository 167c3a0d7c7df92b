import type { z } from 'zod';
import type { AddressRule, lists } from '#core/api/lists.ts';
import { useClient } from '#ui/connection/client.ts';
import { usePages } from '#ui/connection/use-pages.ts';

export type RuleValues = z.input<NonNullable<typeof lists.addRule.body>> & { note: string };

export type RuleEffect = z.output<typeof AddressRule>['effect'];

export function useRules(effect: () => RuleEffect | 'all') {
  const client = useClient();
  const load = (ask: { cursor: string | undefined; limit: number }, signal: AbortSignal) => {
    const chosen = effect();
    return client.listRules({ query: chosen === 'all' ? ask : { ...ask, effect: chosen } }, signal);
  };
  return usePages(load, { key: effect });
}

export function useRuleActs() {
  const client = useClient();
  return {
    add: (values: RuleValues) => client.addRule({ body: { ...values, value: values.value.trim() } }),
    remove: (id: string) => client.removeRule({ params: { id } }),
  };
}
