import type { z } from 'zod';
import type { lists } from '#core/api/lists.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';

export type RuleValues = z.input<NonNullable<typeof lists.addRule.body>> & { note: string };

export function useRules() {
  const client = useClient();
  return useLoaded((signal) => client.listRules({ query: {} }, signal));
}

export function useRuleActs() {
  const client = useClient();
  return {
    add: (values: RuleValues) => client.addRule({ body: { ...values, value: values.value.trim() } }),
    remove: (id: string) => client.removeRule({ params: { id } }),
  };
}
