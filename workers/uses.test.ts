import { expect, test } from 'vitest';
import type { Candidate } from '#sql/lane.ts';
import { createUses } from './uses.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 2, 9, 10, minute));
const candidate = (id: string, more: Partial<Candidate> = {}): Candidate => ({
  id,
  campaignId: 'c',
  beginBy: null,
  conversationId: null,
  contactId: id,
  contactZone: null,
  addressKind: 'email',
  address: `${id}@example.org`,
  name: id,
  templateVersionId: null,
  merge: {},
  subject: null,
  body: 'Hi',
  mediaId: null,
  quoted: null,
  extras: null,
  heardAt: null,
  priority: 5,
  attempt: 0,
  deferredSince: null,
  isNewContact: false,
  recipientUses: [],
  ...more,
});
const open = (account: Date[] = [], cold: Date[] = []) =>
  createUses({ account: [...account], cold: [...cold], warm: [], proxy: [], count: account.length });

test('a booking counts at once, after what was used before', () => {
  const uses = open([at(1), at(2)], [at(1)]);
  uses.book(candidate('ann'), at(5));
  uses.book(candidate('bo', { isNewContact: true }), at(6));
  expect(uses.times.account).toEqual([at(1), at(2), at(5), at(6)]);
  expect(uses.times.cold).toEqual([at(1), at(6)]);
  expect(uses.times.warm).toEqual([at(5)]);
  expect(uses.count()).toBe(4);
});

test('a reply counts for the account and its proxy, and fills no bucket of campaigns', () => {
  const uses = open();
  uses.book(candidate('ann', { priority: 0 }), at(5));
  expect(uses.times).toEqual({ account: [at(5)], proxy: [at(5)], cold: [], warm: [] });
});

test('a use counts from its commit, not from its booking, and times stay oldest first', () => {
  const uses = open([at(1)]);
  uses.book(candidate('ann', { isNewContact: true }), at(5));
  uses.book(candidate('bo', { isNewContact: true }), at(5));
  uses.commit(['ann'], at(8));
  expect(uses.times.account).toEqual([at(1), at(5), at(8)]);
  expect(uses.times.cold).toEqual([at(5), at(8)]);
});

test('what was booked and never committed has never been a use', () => {
  const uses = open([at(1)], []);
  uses.book(candidate('ann', { isNewContact: true }), at(5));
  uses.book(candidate('bo'), at(6));
  uses.commit(['bo'], at(7));
  expect(uses.settle(['ann', 'bo'])).toBe(1);
  expect(uses.times.account).toEqual([at(1), at(7)]);
  expect(uses.times.cold).toEqual([]);
});

test('of several bookings of one moment each is given back once', () => {
  const uses = open([at(5)]);
  for (const id of ['ann', 'bo', 'cy']) uses.book(candidate(id), at(5));
  expect(uses.settle(['ann', 'cy'])).toBe(2);
  expect(uses.settle(['ann', 'cy'])).toBe(0);
  expect(uses.times.account).toEqual([at(5), at(5)]);
});

test('an unknown id changes nothing', () => {
  const uses = open([at(1)], [at(1)]);
  uses.commit(['nobody'], at(9));
  expect(uses.settle(['nobody'])).toBe(0);
  expect([uses.times.account, uses.times.cold]).toEqual([[at(1)], [at(1)]]);
});

test('a person is under way from the booking until it is settled, by address and its kind', () => {
  const uses = open();
  const again = candidate('ann again', { address: 'ann@example.org' });
  uses.book(candidate('ann'), at(5));
  expect(uses.isUnderWay(again)).toBe(true);
  expect(uses.isUnderWay(candidate('by jid', { address: 'ann@example.org', addressKind: 'jid' }))).toBe(false);
  expect(uses.isUnderWay(candidate('bo'))).toBe(false);
  uses.commit(['ann'], at(6));
  expect(uses.isUnderWay(again)).toBe(true);
  uses.settle(['ann']);
  expect(uses.isUnderWay(again)).toBe(false);
});

test('a delivery that was settled and is tried again is booked anew', () => {
  const uses = open();
  uses.book(candidate('ann'), at(1));
  uses.commit(['ann'], at(2));
  uses.settle(['ann']);
  uses.book(candidate('ann'), at(3));
  expect(uses.settle(['ann'])).toBe(1);
  expect(uses.times.account).toEqual([at(2)]);
});
