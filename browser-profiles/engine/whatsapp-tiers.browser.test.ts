import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LinkedWhatsApp, openWhatsApp } from '#browser-profiles/testing/linked-whatsapp.ts';
import type { LoadedPack } from '#core/script.ts';
import type { Selector } from '#core/script-selectors.ts';
import { emit } from '#lab/messenger/event-log.ts';
import { type Eyes, localeOf, lookAtTiers } from './look.ts';
import { probeState } from './probe-state.ts';

/**
 * The first tier of every selector may break over night. Each screen of the lab is shown once per dialect, and there each selector whose
 * first tier finds something must find the same with that tier gone.
 */
const anna = '4915550000101';
const club = '120363000000001';
let whatsapp: LinkedWhatsApp;
/** What no screen of the lab shows. */
const notInTheLab = ['storageBroken'];
const complaints: string[] = [];
const covered = new Set<string>();

beforeAll(async () => {
  whatsapp = await openWhatsApp({ splashMs: 0, syncMs: 300, blankPreviewShare: 0 });
  await whatsapp.control('/settings', { qr: { appearsAfterMs: 50 } });
  await whatsapp.control('/peers', [
    { number: anna, name: 'Anna Ahrens', saved: true, deliveredAfterMs: 20, readsAfterMs: 40 },
    { number: club, name: 'Book club', members: [anna] },
  ]);
}, 90_000);
afterAll(async () => {
  await whatsapp?.[Symbol.asyncDispose]();
});

/** Selectors that a flow acts on or reads from must find the same node again, those that scroll or take text exactly it. */
const acted = new Set<string>();
const exact = new Set<string>();
function noteUses(value: unknown): void {
  if (Array.isArray(value)) for (const one of value) noteUses(one);
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'string' && (key === 'into' || key === 'in')) exact.add(inner);
      if (typeof inner === 'string' && ['on', 'of', 'from', 'new', 'click', 'refresh'].includes(key)) acted.add(inner);
      noteUses(inner);
    }
}

const eyesOf = (): Eyes => ({
  page: whatsapp.profile.page,
  pack: whatsapp.pack,
  locale: localeOf(whatsapp.pack, 'en-US'),
  inputs: {},
  signal: AbortSignal.timeout(20_000),
  kept: new Set(),
});

async function look(dialect: string, screen: string): Promise<void> {
  const all = await lookAtTiers(eyesOf(), Object.keys(whatsapp.pack.selectors));
  for (const [name, tiers] of Object.entries(all)) {
    const [first, ...rest] = tiers;
    if (!first?.count || rest.length === 0) continue;
    covered.add(name);
    const good = rest.find(({ count }) => count > 0);
    const isSame = good?.agrees === 'same' || (good?.agrees === 'nested' && !exact.has(name));
    const holds = acted.has(name) || exact.has(name) ? isSame : good !== undefined;
    if (!holds) complaints.push(`${dialect}, ${screen}: ${name} ${tiers.map(({ count, agrees }) => `${count} ${agrees}`).join(', ')}`);
  }
}

const state = async () => (await probeState(whatsapp.profile.page, whatsapp.pack)).is;
const becomes = (wanted: string) => expect.poll(state, { timeout: 20_000, interval: 100 }).toBe(wanted);
const shows = (css: string) => whatsapp.profile.page.locator(css).first().waitFor();

async function showLogin(dialect: string): Promise<void> {
  const { page } = whatsapp.profile;
  await whatsapp.control('/logout', { number: whatsapp.me });
  await whatsapp.control('/settings', { dialect, splashMs: 60_000 });
  await page.goto(whatsapp.lab.url, { waitUntil: 'domcontentloaded' });
  await shows('#wa_web_initial_startup');
  await look(dialect, 'splash');
  await whatsapp.control('/settings', { splashMs: 0, qr: { firstMs: 400, nextMs: 400, refs: 1 } });
  await page.goto(whatsapp.lab.url);
  await becomes('qr_expired');
  await look(dialect, 'expired');
  await whatsapp.control('/settings', { qr: { firstMs: 60_000, nextMs: 60_000, refs: 6 } });
  await page.locator('[data-ref] button').click();
  await becomes('needs_qr');
  await look(dialect, 'qr');
  await whatsapp.control('/settings', { qr: { appearsAfterMs: 1500 } });
  // Every page's connection breaks; the next code is late.
  emit(whatsapp.lab.lab, { is: 'reset' });
  await shows('[data-icon^="alert-"]');
  await look(dialect, 'qr offline');
  await becomes('needs_qr');
  await whatsapp.control('/settings', { qr: { appearsAfterMs: 50 } });
  await page.getByText('Log in with phone number').click();
  await page.locator('form input').fill(`+${whatsapp.me}`);
  await look(dialect, 'phone');
  await page.locator('form button').click();
  await becomes('needs_code');
  await look(dialect, 'code');
  await whatsapp.control('/accounts', { number: whatsapp.me, name: 'Shop', asksPasskey: true, showsNews: true });
  const code = (await page.locator('[data-link-code]').getAttribute('data-link-code'))?.replaceAll(',', '');
  await whatsapp.control('/enter-code', { code, number: whatsapp.me });
  await becomes('needs_passkey');
  await look(dialect, 'passkey');
  await whatsapp.control('/settings', { syncMs: 1500 });
  await whatsapp.control('/passkey', { number: whatsapp.me });
  await becomes('syncing');
  await look(dialect, 'loading');
  await shows('[role="dialog"]');
  await becomes('ready');
  await look(dialect, 'news');
  await whatsapp.control('/accounts', { number: whatsapp.me, name: 'Shop', asksPasskey: false, showsNews: false });
  await page.locator('[role="dialog"] button').last().click();
}

async function openChat(name: string, typed = async () => {}): Promise<void> {
  const { page } = whatsapp.profile;
  await page.locator('#side [data-tab="3"]').click();
  await page.keyboard.press('Escape');
  await page.keyboard.type(name);
  await typed();
  await page.locator('#pane-side [role="gridcell"]:has([title])').first().click();
  await page.locator('#main header').getByText(name).first().waitFor();
  await shows('#main [data-id]');
}

async function showChats(dialect: string): Promise<void> {
  const { page } = whatsapp.profile;
  await whatsapp.control('/incoming', { to: whatsapp.me, from: anna, group: club, text: 'In the club' });
  await openChat('Book club');
  await look(dialect, 'group');
  await page.locator('#side [data-tab="3"]').click();
  await page.keyboard.press('Escape');
  await whatsapp.control('/incoming', { to: whatsapp.me, from: anna, text: 'A question', times: 50 });
  await whatsapp.control('/outgoing', { from: whatsapp.me, to: anna, text: 'An answer' });
  await whatsapp.control('/incoming', { to: whatsapp.me, from: anna, text: 'Another' });
  await shows('[aria-label*="unread"]');
  await openChat('Anna', () => look(dialect, 'search'));
  await page.locator('#main header [role="button"]').click();
  await page.getByText('+49 155').first().waitFor();
  await page.locator('#main [data-id]').last().hover();
  await look(dialect, 'conversation');
  await page.locator('#main [data-id] [aria-label="Context menu"]').click();
  await look(dialect, 'menu');
  await page.locator('[role="menuitem"]').click();
  await look(dialect, 'quoting');
  await page.locator('#main footer [aria-label="Attach"]').click();
  await look(dialect, 'attach menu');
  await page.locator('input[accept="*"]').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') });
  await shows('#main [contenteditable]:not(footer *)');
  await look(dialect, 'preview');
}

async function showTroubles(dialect: string): Promise<void> {
  const { page } = whatsapp.profile;
  await whatsapp.control('/faults', { number: whatsapp.me, faults: { hangLookups: 1 } });
  await page.goto(`${whatsapp.lab.url}/send?phone=4915550009999`);
  await page.getByText('Starting chat').waitFor();
  await look(dialect, 'starting');
  await page.goto(`${whatsapp.lab.url}/send?phone=4915550009999`);
  await page.getByText('invalid').waitFor();
  await look(dialect, 'invalid');
  await whatsapp.control('/peers', { number: '4915550000190', name: 'New', saved: false });
  await whatsapp.control('/restrict', { number: whatsapp.me, until: Date.now() + 3_600_000 });
  await page.goto(`${whatsapp.lab.url}/send?phone=4915550000190`);
  await becomes('restricted');
  await look(dialect, 'restricted');
  await whatsapp.control('/restrict', { number: whatsapp.me, until: null });
  await whatsapp.control('/faults', { number: whatsapp.me, faults: { connection: 'computer_offline' } });
  await becomes('degraded');
  await look(dialect, 'offline');
  await whatsapp.control('/faults/clear', {});
  await becomes('ready');
  await whatsapp.control('/conflict', { number: whatsapp.me });
  await becomes('conflict');
  await look(dialect, 'conflict');
  await page.reload();
  await becomes('ready');
  await whatsapp.control('/logout', { number: whatsapp.me });
  await becomes('needs_qr');
  await look(dialect, 'logged out');
  const session = await page.context().newCDPSession(page);
  const userAgent = await page.evaluate(() => navigator.userAgent);
  await session.send('Network.setUserAgentOverride', { userAgent: 'HeadlessChrome' });
  await page.reload();
  await becomes('unsupported');
  await look(dialect, 'unsupported');
  await session.send('Network.setUserAgentOverride', { userAgent });
  await session.detach();
}

test.each(['2024', '2025', '2026a', '2026b'] as const)(
  'without its first tier every selector finds the same on the screens of %s',
  { timeout: 90_000 },
  async (dialect) => {
    noteUses([whatsapp.pack.flows, whatsapp.pack.login]);
    complaints.length = 0;
    await showLogin(dialect);
    await showChats(dialect);
    await showTroubles(dialect);
    expect(complaints).toEqual([]);
  },
);

test('the screens showed the first tier of every selector', async () => {
  const several = Object.entries(whatsapp.pack.selectors).filter(([, { any }]) => any.length > 1);
  expect(
    several
      .map(([name]) => name)
      .filter((name) => !covered.has(name))
      .sort(),
  ).toEqual([...notInTheLab].sort());
  expect(
    Object.entries(whatsapp.pack.selectors)
      .filter(([, { any }]) => any.length === 1)
      .map(([name]) => name),
  ).toEqual(['app']);
});

test('with the first tier of everything gone at once, a message still goes out, is proven and read', async () => {
  const { page } = whatsapp.profile;
  await whatsapp.control('/settings', { syncMs: 100 });
  await page.goto(whatsapp.lab.url);
  await expect.poll(() => page.locator('[data-ref]').count(), { timeout: 10_000 }).toBe(1);
  await whatsapp.control('/scan', { ref: await page.locator('[data-ref]').getAttribute('data-ref'), number: whatsapp.me });
  await becomes('ready');
  const pack = withoutFirstTiers(whatsapp.pack);
  const input = { to: `+${anna}`, name: '', text: 'On second tiers' };
  expect(await whatsapp.run({ flow: 'send', input, pack })).toMatchObject({
    is: 'sent',
    platformId: whatsapp.arrived(anna, 'On second tiers')[0]?.id,
  });
  const read = await whatsapp.run({ flow: 'read', input, pack });
  expect(read).toMatchObject({ rows: { peer: [{ address: `+${anna}` }] } });
  expect(read.is === 'done' && read.messages.at(-1)).toMatchObject({ direction: 'out', text: 'On second tiers', kind: 'text' });
});

/** Of fields too: of several sources the first one goes. */
function withoutFirstTiers(pack: LoadedPack): LoadedPack {
  const rest = <T>(list: T[] | undefined): T[] | undefined => (list && list.length > 1 ? list.slice(1) : list);
  const mutated = Object.entries(pack.selectors).map(([name, selector]): [string, Selector] => {
    const fields = Object.entries(selector.fields ?? {}).map(([field, rule]) => [field, { ...rule, ...(rule.from && { from: rest(rule.from) }) }]);
    // Dropping elements of lists keeps their types.
    return [name, { ...selector, any: rest(selector.any), ...(selector.fields && { fields: Object.fromEntries(fields) }) } as Selector];
  });
  return { ...pack, selectors: Object.fromEntries(mutated) };
}
