import { computed, onScopeDispose, shallowRef } from 'vue';
import { useClient } from '#ui/connection/client.ts';
import type { Contact } from '#ui/lists/use-lists.ts';

export type Sample = { id: string; name: string; values: Record<string, string> };

/** For a workspace without people: nobody's address, a number set aside for films, and only the fields that everybody has. */
const invented: Sample = {
  id: 'invented',
  name: 'Anna Berger',
  values: { name: 'Anna Berger', first_name: 'Anna', phone: '+49 30 23125000', email: 'anna@example.org' },
};
/** Enough to choose from; who wants another person can write over the values. */
const offered = 30;

function valuesOf(contact: Contact): Record<string, string> {
  const known = { name: contact.name, first_name: contact.name.split(' ')[0] ?? '', phone: contact.phone ?? '', email: contact.email ?? '' };
  return { ...contact.fields, ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== '')) };
}

/** People of the newest list, those about whom most is known first; without any, one that is made up. */
export function useSamplePeople() {
  const client = useClient();
  const people = shallowRef<Sample[]>([]);
  const under = new AbortController();
  onScopeDispose(() => under.abort());

  async function read(): Promise<void> {
    const { rows: lists } = await client.listLists({}, under.signal);
    const list = lists.find((one) => one.entries > 0);
    if (!list) return;
    const { rows } = await client.listEntries({ params: { id: list.id }, query: { limit: offered } }, under.signal);
    const samples = rows.filter((row) => row.name).map((row) => ({ id: row.id, name: row.name, values: valuesOf(row) }));
    people.value = samples.toSorted((one, other) => Object.keys(other.values).length - Object.keys(one.values).length);
  }
  read().catch(() => null); // The preview works without: nobody is chosen then.
  return computed(() => (people.value.length > 0 ? people.value : [invented]));
}
