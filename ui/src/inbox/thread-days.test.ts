import { expect, test } from 'vitest';
import { daysOf, unreported, withNotes } from './thread-days.ts';
import type { Message } from './use-inbox.ts';

const message = (id: string, at: string): Message => ({
  ...{
    id,
    conversationId: 'c',
    accountId: 'a',
    deliveryId: null,
    platformId: null,
    direction: 'in',
    kind: 'text',
    text: id,
    folded: null,
    author: null,
    saidBy: null,
    media: null,
    replyTo: null,
    status: null,
    error: null,
    reactions: [],
    editedAt: null,
    unsentAt: null,
    sendAt: null,
    at,
    readAt: null,
    createdAt: at,
  },
});

test('messages that come newest first are read oldest first, under their days', () => {
  const days = daysOf([message('c', '2026-03-12T12:00:00'), message('b', '2026-03-12T09:00:00'), message('a', '2026-03-11T09:00:00')]);
  expect(days.map((day) => day.entries.map((one) => one.id))).toEqual([['a'], ['b', 'c']]);
});

test('a note stands where it was written, and waits for older messages that are not shown yet', () => {
  const messages = [message('c', '2026-03-12T12:00:00.000Z'), message('a', '2026-03-12T09:00:00.000Z')];
  const note = (id: string, at: string) => ({ id, conversationId: 'c', person: null, text: id, mentions: [], at });
  const notes = [note('old', '2026-03-11T09:00:00.000Z'), note('new', '2026-03-12T10:00:00.000Z')];
  expect(withNotes(messages, notes, { isWhole: false }).map((one) => one.id)).toEqual(['c', 'new', 'a']);
  expect(withNotes(messages, notes, { isWhole: true }).map((one) => one.id)).toEqual(['c', 'new', 'a', 'old']);
});

test('what a channel cannot report is said, and what it can is waited for', () => {
  expect(unreported('sent', ['sent'])).toBe('delivered');
  expect(unreported('sent', ['sent', 'delivered', 'read'])).toBeNull();
  expect(unreported('delivered', ['sent', 'delivered'])).toBe('read');
  expect(unreported('failed', ['sent'])).toBeNull();
});
