import { expect, test } from 'vitest';
import { chatsOf } from '#lab/messenger/store.ts';
import type { Timers } from '#lab/messenger/timers.ts';
import { linkDevice, resumeDevice } from './devices.ts';
import { historyOf, markRead, raiseStatus, refusal, takeMessage } from './messages.ts';
import { playPeers } from './peers.ts';
import type { Lab } from './store.ts';
import { chatOf, createLab, digitsOf, lidOf, putAccount, putPeer } from './store.ts';
import { countMessages } from './truth.ts';

const anna = '4915110000001';
const bert = '4915110000002';
const cara = '447700900001';

function labWithPhones(): Lab {
  const lab = createLab({ now: () => 1_000 });
  putAccount(lab, { number: anna, name: 'Anna' });
  putAccount(lab, { number: bert, name: 'Bert' });
  putPeer(lab, { number: cara, name: 'Cara', readsAfterMs: 300, repliesWith: 'STOP', replyAfterMs: 500 });
  return lab;
}

/** Timers that run when told to, in order of time. */
function handTimers(): Timers & { runAll: () => void } {
  const due: { ms: number; work: () => void }[] = [];
  return {
    after: (ms, work) => {
      due.push({ ms, work });
      return () => {};
    },
    runAll() {
      for (const { work } of due.splice(0).sort((a, b) => a.ms - b.ms)) work();
    },
  };
}

test('a message is stored once per id and lands in both phones’ chats', () => {
  const lab = labWithPhones();
  const given = { id: '3EB0AAAAAAAAAAAAAAAA', from: anna, to: bert, text: 'hi', via: 'web' as const };
  expect(takeMessage(lab, given).isNew).toBe(true);
  expect(takeMessage(lab, given)).toMatchObject({ isNew: false, message: { resends: 1 } });
  expect(chatsOf(lab, anna)).toMatchObject([{ peer: bert, unread: 0, messages: [given.id] }]);
  expect(chatsOf(lab, bert)).toMatchObject([{ peer: anna, unread: 1, messages: [given.id] }]);
  expect(countMessages(lab)).toMatchObject({ messages: 1, resends: 1, duplicates: [] });
});

test('the same text under two ids is counted as a duplicate', () => {
  const lab = labWithPhones();
  for (const id of ['A', 'B']) takeMessage(lab, { id, from: anna, to: cara, text: 'twice', via: 'web' });
  expect(countMessages(lab).duplicates).toEqual([{ from: anna, to: cara, text: 'twice', ids: ['A', 'B'] }]);
});

test('ticks only climb, and reading a chat turns the other side’s ticks', () => {
  const lab = labWithPhones();
  const { message } = takeMessage(lab, { from: anna, to: bert, text: 'hi', via: 'web' });
  markRead(lab, bert, anna);
  raiseStatus(lab, message, 'delivered');
  expect(message.status).toBe('read');
  expect(chatOf(lab, bert, anna).unread).toBe(0);
});

test('a scripted peer receives, reads and answers as often as it is told to', () => {
  const lab = labWithPhones();
  const timers = handTimers();
  playPeers(lab, timers);
  const { message } = takeMessage(lab, { from: anna, to: cara, text: 'offer', via: 'web' });
  timers.runAll();
  expect(message.status).toBe('read');
  takeMessage(lab, { from: anna, to: cara, text: 'again', via: 'web' });
  timers.runAll();
  const answers = [...lab.messages.values()].filter((other) => other.from === cara);
  expect(answers.map((answer) => answer.text)).toEqual(['STOP']);
});

test('a restricted account is refused new chats only', () => {
  const lab = labWithPhones();
  const account = putAccount(lab, { number: anna, name: 'Anna', restrictedUntil: 2_000 });
  expect(refusal(lab, account, cara)).toBe('463');
  takeMessage(lab, { from: cara, to: anna, text: 'hi', via: 'script' });
  expect(refusal(lab, account, cara)).toBeNull();
  expect(refusal(lab, account, '12025550100')).toBe('not_on_whatsapp');
});

test('an account with a limit on new chats restricts itself for a day', () => {
  const lab = labWithPhones();
  const account = putAccount(lab, { number: anna, name: 'Anna', newChatLimit: 1 });
  expect(refusal(lab, account, cara)).toBeNull();
  takeMessage(lab, { from: anna, to: cara, text: 'one', via: 'web' });
  expect(refusal(lab, account, bert)).toBe('463');
  expect(account.restrictedUntil).toBe(86_401_000);
});

test('a session may be restored up to 20 messages back', () => {
  const lab = labWithPhones();
  const device = linkDevice(lab, anna, 'Chrome');
  if (typeof device === 'string') throw new Error(device);
  device.counter = 20;
  const shown = { deviceId: device.id, secret: device.secret, counter: 0 };
  expect(resumeDevice(lab, shown)).toBe(device);
  device.counter = 21;
  expect(resumeDevice(lab, shown)).toBe('session_too_old');
  expect(resumeDevice(lab, { ...shown, counter: 21 })).toBe('session_too_old');
  expect(resumeDevice(lab, { ...shown, secret: 'guess' })).toBe('unknown_device');
});

test('an account links four browsers and not a fifth', () => {
  const lab = labWithPhones();
  for (let count = 0; count < 4; count += 1) linkDevice(lab, anna, 'Chrome');
  expect(linkDevice(lab, anna, 'Chrome')).toBe('too_many_devices');
});

test('a history is read backwards in pages', () => {
  const lab = labWithPhones();
  for (let index = 0; index < 5; index += 1) takeMessage(lab, { id: `m${index}`, from: cara, to: anna, text: `${index}`, via: 'script' });
  const chat = chatOf(lab, anna, cara);
  const newest = historyOf(lab, chat, { before: null, count: 3 });
  expect([newest.messages.map((message) => message.id), newest.hasMore]).toEqual([['m2', 'm3', 'm4'], true]);
  const oldest = historyOf(lab, chat, { before: 'm2', count: 3 });
  expect([oldest.messages.map((message) => message.id), oldest.hasMore]).toEqual([['m0', 'm1'], false]);
});

test('numbers are read with their decoration, and chat ids do not hold them', () => {
  const lab = labWithPhones();
  expect(digitsOf('+49 (151) 1000-0001')).toBe(anna);
  expect(digitsOf('0049 151 10000001')).toBe(anna);
  expect(digitsOf('12')).toBeNull();
  expect(lidOf(lab, anna)).toMatch(/^\d{15}@lid$/);
  expect(lidOf(lab, anna)).not.toContain(anna);
});
