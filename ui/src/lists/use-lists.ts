import type { z } from 'zod';
import type { Contact as ContactShape, ImportReject as ImportRejectShape, Import as ImportShape, List as ListShape, lists } from '#core/api/lists.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';
import { usePages } from '#ui/connection/use-pages.ts';

export type List = z.output<typeof ListShape>;
export type Contact = z.output<typeof ContactShape>;
export type Import = z.output<typeof ImportShape>;
export type ImportReject = z.output<typeof ImportRejectShape>;
export type ImportPreview = z.output<typeof lists.previewImport.reply>;

export function useLists() {
  const client = useClient();
  return useLoaded((signal) => client.listLists({}, signal), { on: (event) => event.kind === 'list_changed' || event.kind === 'import_changed' });
}

export function useList(id: () => string) {
  const client = useClient();
  return useLoaded<List>((signal) => client.readList({ params: { id: id() } }, signal), {
    on: (event) => (event.kind === 'list_changed' || event.kind === 'import_changed') && event.listId === id(),
    key: id,
  });
}

export function useEntries(id: () => string, search: () => string) {
  const client = useClient();
  return usePages<Contact>((ask, signal) => client.listEntries({ params: { id: id() }, query: { ...ask, search: search() || undefined } }, signal), {
    on: (event) => event.kind === 'contact_changed' || ((event.kind === 'list_changed' || event.kind === 'import_changed') && event.listId === id()),
    key: () => `${id()} ${search()}`,
    pageSize: 200,
  });
}

export function useContact(id: () => string) {
  const client = useClient();
  return useLoaded<Contact>((signal) => client.readContact({ params: { id: id() } }, signal), {
    on: (event) => event.kind === 'contact_changed' && event.contactId === id(),
    key: id,
  });
}

/** Every address of a person, with those where nobody is any more. */
export function useAliases(id: () => string) {
  const client = useClient();
  return useLoaded((signal) => client.listAliases({ params: { id: id() } }, signal), {
    on: (event) => event.kind === 'contact_changed' && event.contactId === id(),
    key: id,
  });
}

export type ContactValues = { name: string; phone: string; email: string; handle: string; jid: string };

export function useListActs() {
  const client = useClient();
  const filled = (values: ContactValues) =>
    Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value.trim() ? [[name, value.trim()]] : [])));
  return {
    add: (name: string) => client.addList({ body: { name } }),
    change: (id: string, body: Partial<Pick<List, 'name' | 'doubleOptIn' | 'confirmFrom' | 'confirmLanguage'>>) =>
      client.changeList({ params: { id }, body }),
    askToConfirm: (id: string) => client.askToConfirm({ params: { id }, body: {} }),
    remove: (id: string) => client.removeList({ params: { id } }),
    addEntry: (id: string, values: ContactValues) => client.addEntry({ params: { id }, body: filled(values) }),
    takeOff: (id: string, contactId: string) => client.removeEntry({ params: { id, contactId } }),
    suppress: (id: string, note: string) => client.suppressContact({ params: { id }, body: { note } }),
    unsuppress: (id: string, note: string) => client.unsuppressContact({ params: { id }, body: { note } }),
  };
}
