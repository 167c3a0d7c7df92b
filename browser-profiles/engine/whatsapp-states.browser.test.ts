import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LinkedWhatsApp, link, openWhatsApp } from '#browser-profiles/testing/linked-whatsapp.ts';
import { readQr } from './login.ts';
import { probeState } from './probe-state.ts';

const anna = '4915550000101';
const sam = '4915550000102';
let whatsapp: LinkedWhatsApp;

beforeAll(async () => {
  whatsapp = await openWhatsApp();
  await whatsapp.control('/peers', [
    { number: anna, name: 'Anna Ahrens', saved: true, onWhatsApp: true, deliveredAfterMs: 20, readsAfterMs: 40 },
    { number: sam, name: 'Sam', saved: false, onWhatsApp: true, deliveredAfterMs: 20, readsAfterMs: null },
  ]);
}, 90_000);
afterAll(async () => {
  await whatsapp?.[Symbol.asyncDispose]();
});

const state = async () => (await probeState(whatsapp.profile.page, whatsapp.pack)).is;
const becomes = (wanted: string) => expect.poll(state, { timeout: 20_000 }).toBe(wanted);
const qr = (options: { isWatched: boolean }) =>
  readQr({ page: whatsapp.profile.page, pack: whatsapp.pack, signal: AbortSignal.timeout(10_000), ...options });

test('an expired code is renewed only while somebody watches', async () => {
  await whatsapp.control('/settings', { qr: { appearsAfterMs: 50, firstMs: 700, nextMs: 700, refs: 2 } });
  await whatsapp.profile.page.goto(whatsapp.lab.url);
  await becomes('needs_qr');
  await becomes('qr_expired');
  expect(await qr({ isWatched: false })).toEqual({ is: 'none' });
  expect(await state()).toBe('qr_expired');
  await whatsapp.control('/settings', { qr: { appearsAfterMs: 50, firstMs: 60_000, nextMs: 60_000, refs: 6 } });
  expect(await qr({ isWatched: true })).toEqual({ is: 'refreshing' });
  await becomes('needs_qr');
  // The page may show the code that ran out for a moment longer: what is read settles on the one that the page has then.
  await expect
    .poll(async () => {
      const view = await qr({ isWatched: true });
      return view.is === 'code' && view.text === (await whatsapp.profile.page.locator('[data-ref]').getAttribute('data-ref'));
    })
    .toBe(true);
});

test('where no attribute holds the code, its picture is read', async () => {
  const { pack, profile } = whatsapp;
  const { attribute, ...drawn } = pack.login.qr ?? { of: 'qr', steps: [] };
  expect(attribute).toBe('data-ref');
  const signal = AbortSignal.timeout(10_000);
  const view = await readQr({ page: profile.page, pack: { ...pack, login: { ...pack.login, qr: drawn } }, signal, isWatched: true });
  expect(view).toEqual({ is: 'code', text: await profile.page.locator('[data-ref]').getAttribute('data-ref') });
});

test('linking by phone number shows the code that the phone wants', async () => {
  const outcome = await whatsapp.run({ flow: 'login.phone', input: { phone: `+${whatsapp.me}` } });
  expect(await state()).toBe('needs_code');
  if (outcome.is !== 'done') throw new Error('a login ends done');
  const code = outcome.rows.linkCode?.[0]?.code?.replaceAll(',', '') ?? '';
  expect(code).toHaveLength(8);
  await whatsapp.control('/enter-code', { code, number: whatsapp.me });
  await becomes('ready');
});

test('a log-out by the phone is noticed and a new code can be scanned', async () => {
  await whatsapp.control('/logout', { number: whatsapp.me });
  await becomes('needs_qr');
  expect((await probeState(whatsapp.profile.page, whatsapp.pack)).why).toMatch(/logged this browser out/);
  await expect(whatsapp.run({ flow: 'check' })).rejects.toMatchObject({ code: 'logged_out' });
  await link(whatsapp);
});

test('the passkey step asks for a person', async () => {
  await whatsapp.control('/logout', { number: whatsapp.me });
  await whatsapp.control('/accounts', { number: whatsapp.me, name: 'Shop', asksPasskey: true });
  await becomes('needs_qr');
  const view = await qr({ isWatched: true });
  if (view.is !== 'code') throw new Error('There is a code');
  await whatsapp.control('/scan', { ref: view.text, number: whatsapp.me });
  await becomes('needs_passkey');
  await whatsapp.control('/passkey', { number: whatsapp.me });
  await becomes('ready');
});

test('a lost connection and another window are told apart from being ready', async () => {
  await whatsapp.control('/faults', { number: whatsapp.me, faults: { connection: 'computer_offline' } });
  await becomes('degraded');
  await whatsapp.control('/faults/clear', {});
  await becomes('ready');
  await whatsapp.control('/conflict', { number: whatsapp.me });
  await becomes('conflict');
  await whatsapp.profile.page.reload();
  await becomes('ready');
});

test('what is new does not keep a send from its conversation', async () => {
  await whatsapp.control('/accounts', { number: whatsapp.me, name: 'Shop', showsNews: true });
  await whatsapp.profile.page.reload();
  await becomes('ready');
  expect(await whatsapp.run({ flow: 'send', input: { to: `+${anna}`, name: '', text: 'Behind the news' } })).toMatchObject({ is: 'sent' });
});

test('unread badges are read without opening a chat, and reading brings every kind of bubble with its number', async () => {
  await whatsapp.control('/incoming', { to: whatsapp.me, from: sam, text: 'First 🙂\nsecond line' });
  await whatsapp.control('/incoming', { to: whatsapp.me, from: sam, text: '', kind: 'image' });
  const [quoted] = [...whatsapp.lab.lab.messages.values()].filter((message) => message.from === sam).map(({ id }) => id);
  await whatsapp.control('/incoming', { to: whatsapp.me, from: sam, text: 'STOP', quotes: quoted });
  await expect.poll(() => whatsapp.profile.page.locator('[data-testid="icon-unread-count"]').count(), { timeout: 20_000 }).toBe(1);
  const unread = await whatsapp.run({ flow: 'unread' });
  if (unread.is !== 'done') throw new Error('unread reads');
  expect(unread.rows.unread).toMatchObject([{ count: '3' }]);
  expect(whatsapp.lab.lab.chats.get(`${whatsapp.me}:${sam}`)?.unread).toBe(3);
  const read = await whatsapp.run({ flow: 'read', input: { to: unread.rows.unread?.[0]?.conversation ?? '', name: '' } });
  if (read.is !== 'done') throw new Error('read reads');
  expect(read.rows.peer).toMatchObject([{ address: `+${sam}` }]);
  expect(read.messages).toMatchObject([
    { direction: 'in', text: 'First 🙂\nsecond line', kind: 'text', status: null },
    { direction: 'in', text: '', kind: 'image' },
    { direction: 'in', text: 'STOP', kind: 'text' },
  ]);
  const [first] = read.messages;
  expect(Math.abs((first?.at?.getTime() ?? 0) - Date.now())).toBeLessThan(3 * 60_000);
});

test('ticks tell sent, delivered and read apart, and long histories come with their content', async () => {
  await whatsapp.control('/incoming', { to: whatsapp.me, from: anna, text: 'Filler', times: 60 });
  await whatsapp.run({ flow: 'send', input: { to: `+${anna}`, name: '', text: 'Will be read' } });
  await expect
    .poll(
      async () => {
        const read = await whatsapp.run({ flow: 'read', input: { to: `+${anna}`, name: '' } });
        return read.is === 'done' ? read.messages.at(-1)?.status : null;
      },
      { timeout: 30_000 },
    )
    .toBe('read');
  const read = await whatsapp.run({ flow: 'read', input: { to: `+${anna}`, name: '' } });
  if (read.is !== 'done') throw new Error('read reads');
  expect(read.messages.length).toBeGreaterThanOrEqual(40);
  expect(read.messages.filter((message) => message.isPlaceholder || message.text === '')).toEqual([]);
});

test('the profile says whose it is, and lists its dialogs', async () => {
  expect(await whatsapp.run({ flow: 'me' })).toMatchObject({ rows: { me: [{ identity: `+${whatsapp.me}` }] } });
  const dialogs = await whatsapp.run({ flow: 'dialogs' });
  if (dialogs.is !== 'done') throw new Error('dialogs reads');
  expect(dialogs.rows.dialogs?.map((row) => row.name)).toEqual(expect.arrayContaining(['Anna Ahrens']));
});

test('the end of a restriction is read where the page tells it, as the region of the profile writes it', async () => {
  const barred = { steps: [{ fail: { code: 'restricted' as const, until: 'timelock' } }] };
  const pack = { ...whatsapp.pack, flows: { ...whatsapp.pack.flows, barred } };
  const endOf = async (text: string, language: string) => {
    await whatsapp.profile.page.setContent(`<div data-testid="reachout-timelock-compose-bar"><span>${text}</span></div>`);
    return whatsapp.run({ flow: 'barred', pack, language }).catch((error: unknown) => error);
  };
  // In the zone of the profile.
  const end = new Date('2031-09-28T14:20:00+02:00');
  const bar = (time: string) => `You can’t start new chats until ${time}. Show details`;
  expect(await endOf(bar('14:20, 28/09/2031'), 'en-GB')).toMatchObject({ code: 'restricted', retryAt: end });
  expect(await endOf(bar('2:20 PM, 9/28/2031'), 'en-US')).toMatchObject({ code: 'restricted', retryAt: end });
  for (const [text, language] of [
    [bar('14:20, 28/09/2031'), 'en'],
    [bar('14:20, 28/09/2001'), 'en-GB'],
    ['You can’t start new chats right now. Show details', 'en-GB'],
  ] as const)
    expect(await endOf(text, language)).toMatchObject({ code: 'restricted', retryAt: undefined });
});
