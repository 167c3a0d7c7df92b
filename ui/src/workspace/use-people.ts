import type { z } from 'zod';
import type { Person as PersonShape } from '#core/api/auth.ts';
import type { Role } from '#core/permission.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';

export type Person = z.output<typeof PersonShape>;
export type GivenRole = Exclude<Role, 'owner'>;
export type PersonValues = { email: string; username: string; name: string; role: GivenRole; password: string };

export function usePeople() {
  const client = useClient();
  return useLoaded((signal) => client.listPeople({}, signal), { on: (event) => event.kind === 'workspace_changed' });
}

export function usePeopleActs() {
  const client = useClient();
  return {
    add: (body: PersonValues) => client.addPerson({ body }),
    changeRole: (id: string, role: GivenRole) => client.changePerson({ params: { id }, body: { role } }),
    remove: (id: string) => client.removePerson({ params: { id } }),
  };
}
