import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { logInByQr, me, openTelegram, type TelegramUnderTest } from '#browser-profiles/testing/telegram.ts';
import { recordHooks } from '#browser-profiles/testing/test-profile.ts';

const anna = '1007';
const bert = '1008';
const team = '-4501';
const news = '-1001234567';
let telegram: TelegramUnderTest;

beforeAll(async () => {
  telegram = await openTelegram();
  await telegram.control('/peers', [
    { id: anna, name: 'Anna', username: 'anna_a', phone: '15550001007' },
    { id: bert, name: 'Bert', username: 'bert_b' },
    { id: team, name: 'Team' },
    { id: news, name: 'News', username: 'news_channel' },
  ]);
  await logInByQr(telegram);
}, 60_000);
afterAll(async () => {
  await telegram?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await telegram.control('/faults/clear', {});
});

const to = (address: string, text: string) => ({ to: address, name: '', text });
const send = (address: string, text: string) => telegram.run({ flow: 'send', input: to(address, text) });
const confirm = (input: Record<string, string>, anchor: Awaited<ReturnType<TelegramUnderTest['interrupt']>>) =>
  telegram.run({ flow: 'confirm', input, anchor });
const idOf = (peer: string, text: string) => String(telegram.arrived(peer, text)[0]?.id);

test('a message is sent to a user by name, phone and id, to a group and to a channel, each proven by its own id', async () => {
  for (const [address, peer, conversation] of [
    ['@Anna_A', anna, anna],
    ['+1 555 000 1007', anna, anna],
    [team, team, team],
    ['news_channel', news, news],
  ] as const) {
    const text = `Hello ${address} 🙂\nand a second line`;
    expect(await send(address, text)).toEqual({ is: 'sent', platformId: idOf(peer, text), status: 'sent', at: expect.any(Date), conversation });
    expect(telegram.arrived(peer, text)).toHaveLength(1);
  }
});

test('a message to a group may end with somebody’s name, which the page would offer to complete', async () => {
  expect(await send(team, 'Ask @anna')).toMatchObject({ is: 'sent', platformId: idOf(team, 'Ask @anna') });
});

test('a single emoji, which the page draws without its text, is proven by what is new', async () => {
  expect(await send(bert, '👍')).toMatchObject({ is: 'sent', platformId: idOf(bert, '👍') });
});

test('where only others write nothing is sent, but it can be read', async () => {
  const theirs = '-1009999';
  await telegram.control('/peers', { id: theirs, name: 'Their news', isClosed: true });
  await telegram.control('/incoming', { account: me, peer: theirs, text: 'For everybody' });
  await expect(send(theirs, 'My opinion')).rejects.toMatchObject({ code: 'send_refused' });
  expect(await telegram.run({ flow: 'read', input: { to: theirs, name: '' } })).toMatchObject({
    messages: [{ direction: 'in', text: 'For everybody' }],
  });
});

test('somebody whom nobody knows gets nothing, and neither does the chat that was open before', async () => {
  const before = telegram.arrived(news).length;
  await expect(send('@nobody_here', 'Into the void')).rejects.toMatchObject({ code: 'no_such_recipient' });
  expect(telegram.arrived(news)).toHaveLength(before);
});

test('the tick before the server’s answer proves nothing: sent is said when the id is there, not earlier', async () => {
  await telegram.control('/faults', { account: me, faults: { ackDelayMs: 3000 } });
  const hooks = recordHooks();
  const outcome = await telegram.run({ flow: 'send', input: to(anna, 'Slow answer'), hooks });
  expect(outcome).toMatchObject({ is: 'sent', platformId: idOf(anna, 'Slow answer') });
  expect(hooks.steps.find((step) => step.name === 'prove')?.ms).toBeGreaterThan(2500);
});

test('a failed message is refused without a guess at the reason, and the next one goes out', async () => {
  await telegram.control('/faults', { account: me, faults: { failNext: 1 } });
  await expect(send(anna, 'Too much')).rejects.toMatchObject({ code: 'send_refused', message: expect.stringContaining('no reason') });
  expect(telegram.arrived(anna, 'Too much')).toEqual([]);
  expect(await send(anna, 'After the failure')).toMatchObject({ is: 'sent' });
});

test('an answer that was lost is found by a fresh page, once; the same words are not sent while theirs are on the way', async () => {
  await telegram.control('/faults', { account: me, faults: { dropAcksNext: 1 } });
  const input = to(bert, 'Answer lost');
  const anchor = await telegram.interrupt('after the act', input);
  await expect.poll(() => telegram.arrived(bert, input.text).length).toBe(1);
  await expect(send(bert, input.text)).rejects.toMatchObject({ code: 'not_ready' });
  expect(await confirm(input, anchor)).toMatchObject({ is: 'sent', platformId: idOf(bert, input.text) });
  expect(telegram.arrived(bert, input.text)).toHaveLength(1);
});

test('what never reached the server is absent, also where nobody had written before and below a failed message', async () => {
  await telegram.control('/peers', { id: '1009', name: 'Carla', username: 'carla_c' });
  const input = to('@carla_c', 'Never left');
  const anchor = await telegram.interrupt('before the act', input);
  expect(await confirm(input, anchor)).toEqual({ is: 'absent' });

  await telegram.control('/faults', { account: me, faults: { swallowNext: 1 } });
  const swallowed = to(anna, 'Swallowed on the way');
  const below = await telegram.interrupt('after the act', swallowed);
  await telegram.profile.killAndReopen();
  // A killed browser may have lost its login of the last seconds, and says so.
  const outcome = await confirm(swallowed, below).catch((error: { code: string }) => error.code);
  expect(['logged_out', { is: 'absent' }]).toContainEqual(outcome);
  if (outcome === 'logged_out') await logInByQr(telegram);
  expect(telegram.arrived(anna, swallowed.text)).toEqual([]);
});

test('absence is not believed while the page is not connected or its history is slow', async () => {
  const input = to(anna, 'Nobody knows yet');
  const anchor = await telegram.interrupt('before the act', input);
  await telegram.control('/faults', { account: me, faults: { connection: 'offline' } });
  const blind = await telegram.run({ flow: 'confirm', input, anchor, signal: AbortSignal.timeout(4000) }).catch((error: unknown) => error);
  expect(blind).not.toMatchObject({ is: 'absent' });
  await telegram.control('/faults/clear', {});
  const hooks = recordHooks();
  await telegram.control('/peers', { id: '1010', name: 'Dora' });
  const slow = to('1010', 'Behind a slow history');
  await telegram.run({ flow: 'send', input: slow, hooks });
  await telegram.control('/faults', { account: me, faults: { historyDelayMs: 2500 } });
  expect(await telegram.run({ flow: 'confirm', input: slow, anchor: hooks.anchors[0] })).toMatchObject({ is: 'sent' });
});

test('a draft of a person stays, a conversation that changes under the hands gets nothing', async () => {
  await telegram.control('/draft', { account: me, peer: bert, text: 'I was just about to' });
  await expect(send('@bert_b', 'Robot speaking')).rejects.toMatchObject({ code: 'draft_present' });
  await telegram.control('/draft', { account: me, peer: bert, text: '' });
  await telegram.control('/swap', { account: me, to: anna, at: 'typing', afterMs: 50 });
  await expect(send(bert, 'Only for Bert, and for nobody else')).rejects.toMatchObject({ code: 'wrong_recipient' });
  expect([...telegram.arrived(anna), ...telegram.arrived(bert)].filter(({ text }) => /Robot|Only/.test(text))).toEqual([]);
});

test('unread and dialogs hold each conversation once, in the order of the screen; reading says whose it is', async () => {
  // What the page of the tests before still had to say is gone with it.
  await telegram.profile.page.goto(telegram.lab.url);
  await telegram.profile.page.reload();
  await telegram.run({ flow: 'check' });
  for (const peer of [bert, anna, news, bert]) await telegram.control('/incoming', { account: me, peer, text: `News from ${peer}` });
  const open = await telegram.run({ flow: 'read', input: { to: '@anna_a', name: '' } });
  expect(open).toMatchObject({ rows: { peer: [{ conversation: anna }] } });
  expect(open.is === 'done' && open.messages.at(-1)).toMatchObject({ direction: 'in', text: `News from ${anna}`, isLocal: false });
  const unread = await telegram.run({ flow: 'unread' });
  expect(unread).toMatchObject({
    rows: {
      unread: [
        { conversation: bert, name: 'Bert', count: '2' },
        { conversation: news, count: '1' },
      ],
    },
  });
  const dialogs = await telegram.run({ flow: 'dialogs' });
  const ids = dialogs.is === 'done' ? (dialogs.rows.dialogs ?? []).map((row) => row.conversation) : [];
  expect(ids.slice(0, 3)).toEqual([bert, news, anna]);
  expect(new Set(ids).size).toBe(ids.length);
});
