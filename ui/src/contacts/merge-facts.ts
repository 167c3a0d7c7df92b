import type { Contact } from '#ui/lists/use-lists.ts';
import type { Taking } from './use-contacts.ts';

/** A fact on which two contacts differ, with both values. */
export type Difference = { key: string; stays: string; goes: string };

/** Only what both know, and differently: what one alone knows is kept anyway. */
export function differences(stays: Contact, goes: Contact): Difference[] {
  const facts = (contact: Contact): Record<string, string> => ({
    name: contact.name,
    zone: contact.zone ?? '',
    ...Object.fromEntries(Object.entries(contact.fields).map(([key, value]) => [`fields.${key}`, value])),
  });
  const [one, other] = [facts(stays), facts(goes)];
  return Object.entries(one).flatMap(([key, value]) => {
    const theirs = other[key] ?? '';
    return value !== '' && theirs !== '' && value !== theirs ? [{ key, stays: value, goes: theirs }] : [];
  });
}

/** What the merge is told of the facts that are taken from the one that goes. */
export function takingOf(taken: readonly string[]): Taking {
  return {
    name: taken.includes('name'),
    zone: taken.includes('zone'),
    fields: taken.flatMap((key) => (key.startsWith('fields.') ? [key.slice('fields.'.length)] : [])),
  };
}
