import type { z } from 'zod';
import type { Client } from '#core/api/client.ts';
import type { OptIn as OptInShape } from '#core/api/consents.ts';
import type { Alias as AliasShape, Alike, Erasure as ErasureShape, Extent as ExtentShape, Merge as MergeShape } from '#core/api/contacts.ts';
import type { ContactField as FieldShape } from '#core/api/segments.ts';
import type { Event } from '#core/events.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { usePages } from '#ui/connection/use-pages.ts';
import type { Contact } from '#ui/lists/use-lists.ts';

export type Alias = z.output<typeof AliasShape>;
export type Erasure = z.output<typeof ErasureShape>;
export type Extent = z.output<typeof ExtentShape>;
export type Merge = z.output<typeof MergeShape>;
export type OptIn = z.output<typeof OptInShape>;
export type ContactField = z.output<typeof FieldShape>;
export type Likeness = z.output<typeof Alike>['why'];
type BodyOf<N extends keyof Client> = NonNullable<Parameters<Client[N]>[0]> extends { body: infer B } ? B : never;
export type ContactChange = BodyOf<'changeContact'>;
export type Taking = NonNullable<BodyOf<'mergeContacts'>['taking']>;

const isAbout = (id: () => string) => (event: Event) => event.kind === 'contact_changed' && event.contactId === id();

/** Everybody, or whoever is in a segment. */
export function usePeople(segmentId: () => string, search: () => string) {
  const client = useClient();
  return usePages<Contact>(
    (ask, signal) => {
      const query = { ...ask, search: search() || undefined };
      return segmentId() === '' ? client.listContacts({ query }, signal) : client.listSegmentPeople({ params: { id: segmentId() }, query }, signal);
    },
    { on: ({ kind }) => kind === 'contact_changed' || kind === 'import_changed', key: () => `${segmentId()} ${search()}`, pageSize: 100 },
  );
}

/** Contacts that look like one person, each group under a name of its own. */
export function useAlikeGroups() {
  const client = useClient();
  const load = async (ask: { cursor: string | undefined; limit: number }, signal: AbortSignal) => {
    const { rows, next } = await client.listAlikeContacts({ query: ask }, signal);
    return { rows: rows.map((row) => ({ ...row, id: `${row.why} ${row.contacts.map(({ id }) => id).join(' ')}` })), next };
  };
  return usePages(load, { on: ({ kind }) => kind === 'contact_changed', pageSize: 20 });
}

export function useAlikeTo(id: () => string) {
  const client = useClient();
  return useLoaded((signal) => client.listAlikeTo({ params: { id: id() } }, signal), { on: isAbout(id), key: id });
}

export function useMerges(id: () => string) {
  const client = useClient();
  return usePages<Merge>((ask, signal) => client.listMerges({ params: { id: id() }, query: ask }, signal), {
    on: isAbout(id),
    key: id,
    pageSize: 10,
  });
}

export function useOptIn(id: () => string) {
  const client = useClient();
  return useLoaded<OptIn>((signal) => client.readOptIn({ params: { id: id() } }, signal), {
    on: (event) => isAbout(id)(event) || event.kind === 'list_changed',
    key: id,
  });
}

export function useErasures() {
  const client = useClient();
  return usePages<Erasure>((ask, signal) => client.listErasures({ query: ask }, signal), { on: ({ kind }) => kind === 'contact_changed' });
}

export function useContactFields() {
  const client = useClient();
  return useLoaded<{ rows: ContactField[] }>((signal) => client.listContactFields({}, signal));
}

/** Both sides of a merge: who they are, every address, and how much is known. */
export function useCompared(ids: () => readonly [string, string]) {
  const client = useClient();
  const side = async (id: string, signal: AbortSignal) => {
    const [contact, aliases, extent] = await Promise.all([
      client.readContact({ params: { id } }, signal),
      client.listAliases({ params: { id } }, signal),
      client.readExtent({ params: { id } }, signal),
    ]);
    return { contact, aliases: aliases.rows.filter(({ typed }) => typed !== null), extent };
  };
  return useLoaded(
    async (signal) => {
      const [into, from] = ids();
      const [stays, goes] = await Promise.all([side(into, signal), side(from, signal)]);
      return { stays, goes };
    },
    { key: () => ids().join(' ') },
  );
}

export function useContactActs() {
  const client = useClient();
  const params = (id: string) => ({ params: { id } });
  return {
    change: (id: string, body: ContactChange) => client.changeContact({ ...params(id), body }),
    merge: (id: string, otherId: string, taking: Taking) => client.mergeContacts({ ...params(id), body: { otherId, taking } }),
    split: (id: string, addresses: readonly Pick<Alias, 'kind' | 'value'>[], name: string) =>
      client.splitContact({ ...params(id), body: { addresses: addresses.map(({ kind, value }) => ({ kind, value })), name } }),
    merges: (id: string) => client.listMerges({ ...params(id), query: { limit: 1 } }),
    undo: (id: string, mergeId: string) => client.undoMerge({ params: { id, mergeId }, body: {} }),
    ask: (id: string, listId: string) => client.askContactToConfirm({ ...params(id), body: { listId } }),
    extent: (id: string) => client.readExtent(params(id)),
    erase: (id: string, keepAway: boolean) => client.eraseContact({ ...params(id), body: { keepAway } }),
    erasure: (id: string) => client.readErasure(params(id)),
    // What an entry `produces` comes as a Blob (core/api/client.ts), in all three.
    exportPerson: async (id: string) => (await client.exportContact(params(id))) as Blob,
    exportList: async (id: string) => (await client.exportList(params(id))) as Blob,
    exportSegment: async (id: string) => (await client.exportSegment(params(id))) as Blob,
    addField: (body: BodyOf<'addContactField'>) => client.addContactField({ body }),
    changeField: (id: string, body: BodyOf<'changeContactField'>) => client.changeContactField({ ...params(id), body }),
    removeField: (id: string) => client.removeContactField(params(id)),
  };
}
