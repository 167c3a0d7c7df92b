import type { z } from 'zod';
import type { Availability as AvailabilityShape } from '#core/api/availability.ts';
import type { ConversationSla, SlaPolicy as PolicyShape } from '#core/api/sla.ts';
import type { BusinessHours } from '#core/business-hours.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { useSession } from '#ui/session/session-store.ts';

export type SlaPolicy = z.output<typeof PolicyShape>;
export type PolicyValues = Omit<SlaPolicy, 'id' | 'updatedAt'>;
export type Sla = z.output<typeof ConversationSla>;
export type SlaTimer = Sla['timers'][number];
export type Availability = z.output<typeof AvailabilityShape>;

/** So far back it is told what was kept. */
const days = 30;

/** Policies with what was kept of them, the hours in which they count, and who is there to keep them. */
export function useSlaPage() {
  const client = useClient();
  return useLoaded(
    async (signal) => {
      const since = new Date(Date.now() - days * 86_400_000).toISOString();
      const [policies, figures, people, workspace] = await Promise.all([
        client.listSlaPolicies({}, signal),
        client.readSlaFigures({ query: { since } }, signal),
        client.listAvailability({}, signal),
        client.readWorkspace({}, signal),
      ]);
      const sumOf = (id: string, what: 'kept' | 'late') => figures.rows.filter((row) => row.policyId === id).reduce((sum, row) => sum + row[what], 0);
      return {
        policies: policies.rows.map((policy) => ({ ...policy, kept: sumOf(policy.id, 'kept'), late: sumOf(policy.id, 'late') })),
        people: people.rows.map((row) => ({ ...row, id: row.person.id })),
        hours: workspace.settings.businessHours ?? null,
        zone: workspace.zone,
      };
    },
    { on: ({ kind }) => kind === 'workspace_changed' || kind === 'sla_breached' || kind === 'conversation_given' },
  );
}

export function useSlaPolicies() {
  const client = useClient();
  return useLoaded((signal) => client.listSlaPolicies({}, signal));
}

export function useSlaActs() {
  const client = useClient();
  const at = (id: string) => ({ params: { id } });
  return {
    save: (id: string | null, body: PolicyValues) => (id ? client.changeSlaPolicy({ ...at(id), body }) : client.addSlaPolicy({ body })),
    remove: (id: string) => client.removeSlaPolicy(at(id)),
    setHours: (businessHours: BusinessHours | null) => client.changeWorkspace({ body: { settings: { businessHours } } }),
    setCapacity: (id: string, capacity: number | null) => client.setCapacity({ ...at(id), body: { capacity } }),
  };
}

/** Whether you yourself are away. */
export function useAway() {
  const client = useClient();
  const session = useSession();
  const { loaded, reload } = useLoaded(async (signal) => {
    const { rows } = await client.listAvailability({}, signal);
    return rows.find(({ person }) => person.id === session.person?.id)?.isAway ?? false;
  });
  return { loaded, reload, setAway: (isAway: boolean) => client.setAway({ body: { isAway } }) };
}
