import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Event } from '#core/events.ts';
import { isAfter, mayHear } from './told.ts';

const [profileId, campaignId, conversationId] = [randomUUID(), randomUUID(), randomUUID()];
const delivery: Event = { kind: 'delivery_changed', deliveryId: randomUUID(), campaignId, accountId: profileId, conversationId };

test('without a subscription a role is told all it may see', () => {
  expect(mayHear({ kind: 'workspace_changed' }, 'operator', [])).toBe(true);
  expect(mayHear(delivery, 'operator', [])).toBe(true);
});

test('a subscription narrows to what names the row, whether as profile, campaign or conversation', () => {
  for (const subscription of [{ profileId }, { campaignId }, { conversationId }]) {
    expect(mayHear(delivery, 'operator', [subscription])).toBe(true);
    expect(mayHear({ kind: 'workspace_changed' }, 'operator', [subscription])).toBe(false);
  }
  expect(mayHear(delivery, 'operator', [{ profileId: randomUUID() }])).toBe(false);
  expect(mayHear(delivery, 'operator', [{ profileId: randomUUID() }, { campaignId }])).toBe(true);
});

test('places in the log compare as numbers, transaction first', () => {
  expect(isAfter('10.1', '9.99')).toBe(true);
  expect(isAfter('10.10', '10.9')).toBe(true);
  expect(isAfter('10.1', '10.1')).toBe(false);
  expect(isAfter('18446744073709551615.2', '18446744073709551615.1')).toBe(true);
});
