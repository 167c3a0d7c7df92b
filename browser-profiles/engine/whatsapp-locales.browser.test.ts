import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LinkedWhatsApp, openWhatsApp } from '#browser-profiles/testing/linked-whatsapp.ts';
import { probeState } from './probe-state.ts';

/** Spring 2026 has no test ids, so more screens than elsewhere are known by their words alone. */
const anna = '4915550000101';
let whatsapp: LinkedWhatsApp;

beforeAll(async () => {
  whatsapp = await openWhatsApp({ dialect: '2026a', syncMs: 400, blankPreviewShare: 0 });
  await whatsapp.control('/settings', { qr: { appearsAfterMs: 50 } });
  await whatsapp.control('/peers', [{ number: anna, name: 'Anna', saved: true, deliveredAfterMs: 10 }]);
}, 90_000);
afterAll(async () => {
  await whatsapp?.[Symbol.asyncDispose]();
});

test.each(['es', 'pt', 'de', 'fr', 'it', 'ru', 'id', 'tr', 'hi', 'ar', 'zh'])(
  'every screen of the page in %s is known by the words of its pack',
  { timeout: 60_000 },
  async (language) => {
    const { page } = whatsapp.profile;
    const becomes = (wanted: string) =>
      expect.poll(async () => (await probeState(page, whatsapp.pack, { language })).is, { timeout: 20_000, interval: 50 }).toBe(wanted);
    const run = (flow: string, input: Record<string, string> = {}) => whatsapp.run({ flow, input, language });
    await whatsapp.control('/logout', { number: whatsapp.me });
    await whatsapp.control('/accounts', { number: whatsapp.me, name: 'Shop', asksPasskey: true, showsNews: true });
    // A page that still had a session leaves for the log-out's address by itself.
    await page.goto(whatsapp.lab.url).catch(() => undefined);
    await page.locator('[data-ref]').waitFor();
    await page.evaluate((name) => localStorage.setItem('WALangPref', name), language);
    await page.reload();
    const login = await run('login.phone', { phone: `+${whatsapp.me}` });
    const code = (login.is === 'done' && login.rows.linkCode?.[0]?.code?.replaceAll(',', '')) || '';
    expect(code).toHaveLength(8);
    await whatsapp.control('/enter-code', { code, number: whatsapp.me });
    await becomes('needs_passkey');
    await whatsapp.control('/passkey', { number: whatsapp.me });
    await becomes('ready');
    await whatsapp.control('/accounts', { number: whatsapp.me, name: 'Shop', asksPasskey: false, showsNews: false });
    await run('check');
    expect(await page.locator('[role="dialog"]').count()).toBe(0);
    expect(await run('checkNumber', { to: '+4915550009999' })).toMatchObject({ rows: { absent: [{}], present: [] } });
    await whatsapp.control('/incoming', { to: whatsapp.me, from: anna, text: `In ${language}`, times: 3 });
    const unread = () => run('unread').then((outcome) => (outcome.is === 'done' ? outcome.rows.unread : []));
    await expect.poll(unread, { timeout: 10_000 }).toMatchObject([{ name: 'Anna', count: '3' }]);
    const read = await run('read', { to: `+${anna}`, name: '' });
    expect(read.is === 'done' && read.messages.at(-1)).toMatchObject({ direction: 'in', text: `In ${language} 3` });
    await whatsapp.control('/conflict', { number: whatsapp.me });
    await becomes('conflict');
  },
);

test('each language has every phrase of the default one, and none is left in English by mistake', () => {
  const { en, ...others } = Object.fromEntries(whatsapp.pack.locale.supported.map((language) => [language, whatsapp.pack.locales[language]]));
  const keys = Object.keys(en?.phrases ?? {}).filter((key) => key !== 'scanQr');
  for (const [language, locale] of Object.entries(others)) {
    expect([language, keys.filter((key) => !locale?.phrases[key])]).toEqual([language, []]);
    const same = keys.filter((key) => locale?.phrases[key]?.join() === en?.phrases[key]?.join());
    expect([language, same.filter((key) => !['video', 'ok', 'document', 'photo'].includes(key))]).toEqual([language, []]);
  }
});
