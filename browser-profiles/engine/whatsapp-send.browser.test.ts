import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LinkedWhatsApp, link, openWhatsApp } from '#browser-profiles/testing/linked-whatsapp.ts';
import { recordHooks } from '#browser-profiles/testing/test-profile.ts';
import { Failure } from '#core/failure.ts';
import { createPace, fitsModel, keysOf, PaceSettings } from '#core/pace.ts';

const anna = '4915550000101';
const stranger = '4915550000102';
const ben = '4915550000103';
const away = '4915550000104';
let whatsapp: LinkedWhatsApp;

beforeAll(async () => {
  whatsapp = await openWhatsApp();
  await whatsapp.control('/peers', [
    { number: anna, name: 'Anna Ahrens', saved: true, onWhatsApp: true, deliveredAfterMs: 20, readsAfterMs: 60 },
    { number: stranger, name: 'Sam', saved: false, onWhatsApp: true, deliveredAfterMs: 20, readsAfterMs: null },
    { number: ben, name: 'Ben Berger', saved: true, onWhatsApp: true, deliveredAfterMs: 20, readsAfterMs: null },
    { number: away, name: 'Away', saved: true, onWhatsApp: true, deliveredAfterMs: 3_600_000, readsAfterMs: null },
  ]);
  await link(whatsapp);
}, 90_000);
afterAll(async () => {
  await whatsapp?.[Symbol.asyncDispose]();
});

const to = (number: string, text: string) => ({ to: `+${number}`, name: '', text });
const composerText = async () => (await whatsapp.profile.page.locator('#main footer [contenteditable="true"]').textContent()) ?? '';

test('a message to a saved contact is proven by its own tick, after the number was found in the drawer', async () => {
  const hooks = recordHooks();
  const outcome = await whatsapp.run({ flow: 'send', input: to(anna, 'Hello Anna 🙂, line one\nand line two'), hooks });
  const [message, ...more] = whatsapp.arrived(anna);
  expect(more).toEqual([]);
  expect(message?.text).toBe('Hello Anna 🙂, line one\nand line two');
  expect(outcome).toMatchObject({ is: 'sent', platformId: message?.id });
  expect(hooks.steps.map((step) => step.name)).toEqual(
    expect.arrayContaining(['identify/extract:drawerIdentity', 'guard', 'type:composer', 'commit', 'prove']),
  );
  expect(hooks.steps.filter((step) => step.image).map((step) => step.name)).toEqual(['guard', 'type:composer', 'prove']);
});

test('a message to somebody who is in nobody’s address book is sent to that number', async () => {
  expect(await whatsapp.run({ flow: 'send', input: to(stranger, 'Hello stranger') })).toMatchObject({ is: 'sent' });
  expect(whatsapp.arrived(stranger).map(({ text }) => text)).toEqual(['Hello stranger']);
});

test('a single grey tick is enough: sent, not delivered', async () => {
  expect(await whatsapp.run({ flow: 'send', input: to(away, 'Are you there?') })).toMatchObject({ is: 'sent', status: 'sent' });
});

test('the same text twice is two messages, each proven by its own', async () => {
  const first = await whatsapp.run({ flow: 'send', input: to(anna, 'Same words') });
  const second = await whatsapp.run({ flow: 'send', input: to(anna, 'Same words') });
  const ids = whatsapp.arrived(anna, 'Same words').map(({ id }) => id);
  expect(ids).toHaveLength(2);
  expect([first, second]).toMatchObject(ids.map((platformId) => ({ is: 'sent', platformId })));
});

test('a text longer than the page shows is proven by its beginning', async () => {
  const long = `Long: ${'many words and more '.repeat(60)}end`;
  expect(await whatsapp.run({ flow: 'send', input: to(ben, long) })).toMatchObject({ is: 'sent' });
  expect(whatsapp.arrived(ben, long)).toHaveLength(1);
});

test('line ends of every kind are new lines and never the Enter that sends; a tab is a space', async () => {
  expect(await whatsapp.run({ flow: 'send', input: to(anna, 'one\r\ntwo\rthree\tfour') })).toMatchObject({ is: 'sent' });
  expect(whatsapp.arrived(anna).at(-1)?.text).toBe('one\ntwo\nthree four');
});

test('a human’s draft is not typed over and stays as it is', async () => {
  await whatsapp.control('/draft', { number: whatsapp.me, peer: ben, text: 'I am writing this mys' });
  const hooks = recordHooks();
  await expect(whatsapp.run({ flow: 'send', input: to(ben, 'Robot speaking'), hooks })).rejects.toMatchObject({ code: 'draft_present' });
  expect(hooks.anchors).toEqual([]);
  expect(await composerText()).toBe('I am writing this mys');
  expect(whatsapp.arrived(ben, 'Robot speaking')).toEqual([]);
  await whatsapp.control('/draft', { number: whatsapp.me, peer: ben, text: '' });
});

test('our own beginning of an earlier attempt is taken away and written anew', async () => {
  await whatsapp.control('/draft', { number: whatsapp.me, peer: ben, text: 'Half of what was' });
  expect(await whatsapp.run({ flow: 'send', input: to(ben, 'Half of what was typed'), retried: true })).toMatchObject({ is: 'sent' });
  expect(whatsapp.arrived(ben, 'Half of what was typed')).toHaveLength(1);
});

test('a dry run types, stops before the commit and leaves nothing behind', async () => {
  const hooks = recordHooks();
  expect(await whatsapp.run({ flow: 'send', input: to(anna, 'Never to be sent'), dryRun: true, hooks })).toEqual({ is: 'dry_run' });
  expect(hooks.anchors).toEqual([]);
  expect(await composerText()).toBe('');
  expect(whatsapp.arrived(anna, 'Never to be sent')).toEqual([]);
});

test('a commit that is refused sends nothing and leaves no text of ours', async () => {
  const hooks = recordHooks(async () => {
    throw new Error('It may not go out any more');
  });
  await expect(whatsapp.run({ flow: 'send', input: to(anna, 'Refused'), hooks })).rejects.toThrow();
  expect(await composerText()).toBe('');
  expect(whatsapp.arrived(anna, 'Refused')).toEqual([]);
});

test('a host whose lease has run out since the commit was written presses no key', async () => {
  const hooks = recordHooks();
  const mayAct = () => {
    throw new Failure('lease_lost');
  };
  await expect(whatsapp.run({ flow: 'send', input: to(anna, 'Too late'), hooks: { ...hooks, mayAct } })).rejects.toMatchObject({
    code: 'lease_lost',
  });
  expect(hooks.anchors).toHaveLength(1);
  expect(await composerText()).toBe('');
  expect(whatsapp.arrived(anna, 'Too late')).toEqual([]);
});

test('another conversation that takes the place of the right one gets nothing, whenever it comes', async () => {
  const swaps = [
    { at: 'opened', afterMs: 120, carriesText: true },
    { at: 'typing', afterMs: 120, carriesText: false },
    { at: 'typed', afterMs: 20, carriesText: true },
  ];
  for (const swap of swaps) {
    const text = `Not for Ben (${swap.at})`;
    await whatsapp.control('/swap', { number: whatsapp.me, to: ben, ...swap });
    const before = whatsapp.arrived(ben).length;
    const outcome = await whatsapp.run({ flow: 'send', input: to(anna, text) }).catch((error: unknown) => error);
    expect(whatsapp.arrived(ben), text).toHaveLength(before);
    // In the very moment of the change the field may already be another one while the header is not.
    if (whatsapp.arrived(anna, text).length === 0) expect(['wrong_recipient', 'draft_present'], text).toContain((outcome as { code?: string }).code);
    await whatsapp.profile.page.reload();
    for (const peer of [anna, ben]) await whatsapp.control('/draft', { number: whatsapp.me, peer, text: '' });
  }
});

test('a number that is not on WhatsApp is told as such', async () => {
  await expect(whatsapp.run({ flow: 'send', input: to('4915550009999', 'Nobody') })).rejects.toMatchObject({ code: 'no_such_recipient' });
});

test('a message that the server refuses is told as refused', async () => {
  await whatsapp.control('/faults', { number: whatsapp.me, faults: { failNext: 1 } });
  await expect(whatsapp.run({ flow: 'send', input: to(anna, 'Will fail') })).rejects.toMatchObject({ code: 'send_refused' });
});

test('a restricted account is told as such on a new chat, and nothing is typed', async () => {
  await whatsapp.control('/peers', { number: '4915550000190', name: 'New', saved: false, onWhatsApp: true });
  await whatsapp.control('/restrict', { number: whatsapp.me, until: Date.now() + 3_600_000 });
  await expect(whatsapp.run({ flow: 'send', input: to('4915550000190', 'Cold') })).rejects.toMatchObject({ code: 'restricted' });
  expect(await whatsapp.run({ flow: 'send', input: to(anna, 'Warm') })).toMatchObject({ is: 'sent' });
  await whatsapp.control('/restrict', { number: whatsapp.me, until: null });
});

test('an abort ends a run promptly and takes the half-typed text away', async () => {
  const ending = new AbortController();
  const pace = createPace({ seed: 'slow', settings: PaceSettings.parse({ mode: 'compressed', speed: 1 }) });
  const hooks = recordHooks();
  const running = whatsapp.run({ flow: 'send', input: to(anna, 'This will be stopped in the middle of it'), pace, hooks, signal: ending.signal });
  running.catch(() => undefined);
  await expect.poll(composerText, { timeout: 30_000 }).toMatch(/^This/);
  ending.abort(new Error('stopped'));
  await expect(running).rejects.toThrow();
  expect(hooks.anchors).toEqual([]);
  expect(await composerText()).toBe('');
});

test('keystrokes of a send fit the model of its pace, as the trace and the page tell', async () => {
  const settings = PaceSettings.parse({ mode: 'compressed', speed: 2 });
  const text = 'The rhythm of these words is that of a person, more or less.';
  const hooks = recordHooks();
  await whatsapp.run({ flow: 'send', input: to(anna, text), pace: createPace({ seed: 'rhythm', settings }), hooks });
  const times = hooks.steps.find((step) => step.name === 'type:composer')?.keyTimes ?? [];
  const seen = whatsapp.arrived(anna, text)[0]?.keys.slice(0, keysOf(text).length) ?? [];
  for (const keys of [times, seen]) {
    expect(keys).toHaveLength(keysOf(text).length);
    const intervals = keys.slice(1).map((time, index) => time - (keys[index] ?? 0));
    expect(fitsModel([settings.keyMs / settings.speed, ...intervals], settings, text)).toMatchObject({ fits: true });
  }
});
