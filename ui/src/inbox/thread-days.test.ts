import { expect, test } from 'vitest';
import { daysOf, unreported } from './thread-days.ts';
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
    media: null,
    replyTo: null,
    status: null,
    error: null,
    at,
    readAt: null,
    createdAt: at,
  },
});

test('messages that come newest first are read oldest first, under their days', () => {
  const days = daysOf([message('c', '2026-03-12T12:00:00'), message('b', '2026-03-12T09:00:00'), message('a', '2026-03-11T09:00:00')]);
  expect(days.map((day) => day.messages.map((one) => one.id))).toEqual([['a'], ['b', 'c']]);
});

test('what a channel cannot report is said, and what it can is waited for', () => {
  expect(unreported('sent', ['sent'])).toBe('delivered');
  expect(unreported('sent', ['sent', 'delivered', 'read'])).toBeNull();
  expect(unreported('delivered', ['sent', 'delivered'])).toBe('read');
  expect(unreported('failed', ['sent'])).toBeNull();
});
