import { expect, test } from 'vitest';
import type { Contact } from '#ui/lists/use-lists.ts';
import { differences, takingOf } from './merge-facts.ts';

const contact = (name: string, zone: string | null, fields: Record<string, string>): Contact => ({
  id: name,
  name,
  phone: null,
  email: null,
  jid: null,
  handle: null,
  fields,
  zone,
  suppressedAt: null,
  isReplyOnly: false,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
});

test('only what both know, and differently, has to be chosen', () => {
  const stays = contact('Ann Lee', 'Europe/Berlin', { city: 'Rome', size: 'M', name: 'Annie' });
  const goes = contact('Ann Lee', null, { city: 'Milan', size: 'M', shop: 'north', name: 'A.' });
  expect(differences(stays, goes)).toEqual([
    { key: 'fields.city', stays: 'Rome', goes: 'Milan' },
    { key: 'fields.name', stays: 'Annie', goes: 'A.' },
  ]);
});

test('a field that is called name is not the name', () => {
  expect(takingOf(['fields.name', 'zone'])).toEqual({ name: false, zone: true, fields: ['name'] });
});
