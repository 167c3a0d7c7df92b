import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadPack } from '#browser-profiles/engine/load-packs.ts';
import type { Outcome } from '#browser-profiles/engine/run.ts';
import { createGates, Gate } from '#browser-profiles/gate.ts';
import { createPackRunner, type PackRunner } from '#browser-profiles/pack-runner.ts';
import type { ProfileSpec } from '#browser-profiles/profile-spec.ts';
import { createTabs } from '#browser-profiles/tabs.ts';
import { type LinkedWhatsApp, link, openWhatsApp } from '#browser-profiles/testing/linked-whatsapp.ts';
import { type LoopbackSite, startLoopbackSite } from '#browser-profiles/testing/loopback-site.ts';
import { type OpenHost, openHost, specOf, until } from '#browser-profiles/testing/open-host.ts';
import { quickPace, recordHooks } from '#browser-profiles/testing/test-profile.ts';
import type { GoOn, PageInput } from '#core/control.ts';
import { Flow, StateProbe } from '#core/script.ts';
import { Selector } from '#core/script-selectors.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { endControl, takeControl } from '#sql/controls.ts';
import { inWorkspace } from '#sql/database.ts';
import { createSealer } from '#sql/sealed.ts';
import { ControlDesk, type Sitting } from './control-desk.ts';
import { ProfileDesk } from './profile-desk.ts';
import { addTestProfile } from './testing/add-profile.ts';

const signal = new AbortController().signal;
const clicks = 40;
let base: TestDatabase;
let site: LoopbackSite;
let open: OpenHost;
let desk: ControlDesk;
let runner: PackRunner;
let spec: ProfileSpec;
let workspaceId: string;
let personId: string;

beforeAll(async () => {
  base = await createTestDatabase();
  site = await startLoopbackSite();
  open = await openHost();
  const gateOf = createGates();
  desk = new ControlDesk({ db: base.db, host: open.host, tabs: createTabs(open.host), gateOf, tell: () => undefined });
  const pack = await loadPack(join(import.meta.dirname, '../scripts/whatsapp-web'));
  const selectors = { ...pack.selectors, counter: Selector.parse({ any: ['#counter'] }) };
  const count = Flow.parse({ steps: Array.from({ length: clicks }, () => ({ click: { on: 'counter' } })) });
  const counting = { ...pack, name: 'test', selectors, flows: { ...pack.flows, count } };
  const settingOf = async (account: { id: string; workspaceId: string }) => {
    await desk.look({ accountId: account.id, workspaceId: account.workspaceId });
    return { spec, pace: quickPace() };
  };
  const saveRun = async () => undefined;
  runner = createPackRunner({ host: open.host, packs: new Map([['test', counting]]), gateOf, settingOf, saveRun, now: () => new Date() });
  workspaceId = await addTestWorkspace(base.db);
  spec = { ...specOf(await addTestProfile(base.db, workspaceId, site.url), site.url), workspaceId };
  personId = await inWorkspace(base.db, workspaceId, async (trx) => (await trx.selectFrom('people').select('id').executeTakeFirstOrThrow()).id);
  await open.host.start(spec, signal);
});
afterAll(async () => {
  desk[Symbol.dispose]();
  await open.close();
  await site.close();
  await base[Symbol.asyncDispose]();
});
beforeEach(() =>
  inPage(`scrollTo(0, 0); document.body.innerHTML = '<button id=counter style="position:fixed;left:0;top:0;width:200px;height:50px">0</button>' +
    '<textarea id=field style="position:fixed;left:0;top:100px;width:400px;height:100px"></textarea><p style="height:3000px">'
  ;document.querySelector('#counter').onclick = (event) => { event.target.textContent = Number(event.target.textContent) + 1 }`),
);

const ref = () => ({ workspaceId, accountId: spec.id });
const inPage = async (script: string): Promise<unknown> => open.host.pageOf(spec.id)?.evaluate(script);
const counted = async () => Number(await inPage(`document.querySelector('#counter').textContent`));
const count = () => runner.run({ id: spec.id, workspaceId }, { flow: 'count', input: {} }, signal);
const take = () => inWorkspace(base.db, workspaceId, (trx) => takeControl(trx, { workspaceId, profileId: spec.id, personId }));
async function sitDown(): Promise<{ controlId: string; sitting: Sitting }> {
  const grant = await take();
  if (grant.is !== 'granted') throw new Error(`${grant.by} has it`);
  return { controlId: grant.controlId, sitting: await desk.seat(ref(), grant.controlId, signal) };
}
async function giveBack(controlId: string, goOn: GoOn): Promise<void> {
  await inWorkspace(base.db, workspaceId, (trx) => endControl(trx, { workspaceId, controlId, inputs: 1, why: 'given_back', goOn }));
  desk.nudge(spec.id);
}
const at = (x: number, y: number): PageInput[] => [
  { act: 'press', x, y, button: 'left', clicks: 1 },
  { act: 'release', x, y, button: 'left', clicks: 1 },
];
const key = (name: string, code = ''): PageInput[] => [
  { act: 'key_down', key: name, code },
  { act: 'key_up', key: name, code },
];

test.each(['resume', 'restart'] as const)('no step runs while a person has the page; afterwards the script does: %s', async (goOn) => {
  const running = count();
  await until(async () => (await counted()) > 2);
  const { controlId, sitting } = await sitDown();
  const before = await counted();
  sitting.take([...at(200, 150), ...key('H', 'KeyH'), { act: 'insert', text: 'allo ' }, ...key('ж', 'Semicolon'), ...key('Enter', 'Enter')]);
  sitting.take([
    { act: 'wheel', x: 300, y: 400, dx: 0, dy: 400 },
    { act: 'key_down', key: 'Shift', code: 'ShiftLeft' },
  ]);
  await until(async () => (await inPage('scrollY')) === 400);
  expect(await inPage(`document.querySelector('#field').value`)).toBe('Hallo ж\n');
  expect(await counted()).toBe(before);
  expect(before).toBeLessThan(clicks);
  await giveBack(controlId, goOn);
  expect(await sitting.over).toBe('given_back');
  expect((await running).is).toBe('done');
  expect(await counted()).toBe(goOn === 'resume' ? clicks : before + clicks);
  // The Shift that was held down is let go, and what comes late is nobody's.
  sitting.take([...at(10, 10), ...key('x', 'KeyX')]);
  await open.host.pageOf(spec.id)?.locator('#field').press('KeyA');
  expect(await inPage(`document.querySelector('#field').value`)).toBe('Hallo ж\na');
  expect(await counted()).toBe(goOn === 'resume' ? clicks : before + clicks);
});

test('a flow that would begin while a person has the page does not, also where the worker had not heard of it, until the time is over', async () => {
  await take();
  await expect(count()).rejects.toMatchObject({ code: 'interrupted' });
  await expect(desk.seat(ref(), crypto.randomUUID(), signal)).rejects.toMatchObject({ code: 'lease_lost' });
  await inWorkspace(base.db, workspaceId, (trx) => sql`update controls set until = now() + interval '300 ms'`.execute(trx));
  await until(async () => (await count().catch(() => null))?.is === 'done');
  expect(await counted()).toBe(clicks);
});

test('a script that stands still when its time is up was interrupted, and has not failed', async () => {
  const limited = new AbortController();
  const running = runner.run({ id: spec.id, workspaceId }, { flow: 'count', input: {} }, limited.signal).catch((error: unknown) => error);
  await until(async () => (await counted()) > 2);
  const { controlId } = await sitDown();
  limited.abort(new Error('the job has expired'));
  expect(await running).toMatchObject({ code: 'interrupted' });
  await giveBack(controlId, 'resume');
  await until(async () => (await count().catch(() => null))?.is === 'done');
});

test('a page is still looked at while a person has it; who the profile is gets asked when nobody has', async () => {
  const accountId = await addTestProfile(base.db, workspaceId, site.url);
  const pack = await loadPack(join(import.meta.dirname, '../scripts/whatsapp-web'));
  const selectors = { ...pack.selectors, hello: Selector.parse({ any: ['#text'] }), busy: Selector.parse({ any: ['#busy'] }) };
  const states = [StateProbe.parse({ is: 'ready', visible: 'hello' }), StateProbe.parse({ is: 'syncing', visible: 'busy' })];
  const asked: string[] = [];
  let isControlled = true;
  const watch = new ProfileDesk({
    db: base.db,
    host: open.host,
    packs: new Map([['converse', { ...pack, selectors, states }]]),
    sealer: createSealer('only a test seals with this secret'),
    hold: () => undefined,
    run: async (_ref, flow) => {
      asked.push(flow);
      return {};
    },
    whyHeld: () => null,
    isControlled: () => isControlled,
    onReady: async () => undefined,
    tell: () => undefined,
  });
  const turn = (from: string, to: string) => open.host.pageOf(accountId)?.evaluate(`document.querySelector('#${from}').id = '${to}'`);
  await watch.start({ workspaceId, accountId }, signal);
  await until(() => watch.stateOf(accountId) === 'ready');
  await turn('text', 'busy');
  await until(() => watch.stateOf(accountId) === 'syncing');
  await turn('busy', 'text');
  await until(() => watch.stateOf(accountId) === 'ready');
  expect(asked).toEqual([]);
  isControlled = false;
  await until(() => asked.length > 0);
  expect(asked).toEqual(['me']);
  await watch.stop({ workspaceId, accountId });
});

test('a page that is closed under a person ends their control', async () => {
  const { controlId, sitting } = await sitDown();
  await open.host.stop(spec.id, 'asked');
  expect(await sitting.over).toBe('closed');
  await giveBack(controlId, 'restart');
  await open.host.start(spec, signal);
});

describeSends();
function describeSends(): void {
  const anna = '4915550000002';
  let whatsapp: LinkedWhatsApp;
  beforeAll(async () => {
    whatsapp = await openWhatsApp();
    await whatsapp.control('/accounts', { number: anna, name: 'Anna', saved: true });
    await link(whatsapp);
  });
  afterAll(() => whatsapp[Symbol.asyncDispose]());
  const send = (text: string, gate: Gate, hooks: ReturnType<typeof recordHooks>): Promise<Outcome> =>
    whatsapp.run({ flow: 'send', input: { to: `+${anna}`, name: '', text }, hooks: Object.assign(hooks, { gate }) });

  test('a send that is past its commit finishes its proof before the person has the page', async () => {
    const gate = new Gate();
    let isTheirs = false;
    const hooks = recordHooks(async () => void gate.close(signal).then(() => (isTheirs = true)));
    await gate.enter(signal);
    expect((await send('Past the commit', gate, hooks)).is).toBe('sent');
    expect(isTheirs).toBe(false);
    gate.leave();
    await until(() => isTheirs);
    expect(whatsapp.arrived(anna, 'Past the commit')).toHaveLength(1);
  });

  test('text that was typed is taken out before the person has the page, and even a resumed send begins anew', async () => {
    const gate = new Gate();
    const hooks = recordHooks();
    const report = hooks.step;
    let theirs: Promise<void> | null = null;
    hooks.step = async (step) => {
      await report(step);
      if (step.name === 'type:composer') theirs = gate.close(signal);
    };
    await gate.enter(signal);
    const sending = send('Half way', gate, hooks).catch((error: unknown) => error);
    await until(() => theirs !== null);
    await theirs;
    expect(await whatsapp.profile.page.locator('body').innerText()).not.toContain('Half way');
    gate.open('resume');
    expect(await sending).toMatchObject({ code: 'interrupted' });
    expect(hooks.anchors).toEqual([]);
    expect(whatsapp.arrived(anna, 'Half way')).toEqual([]);
  });
}
