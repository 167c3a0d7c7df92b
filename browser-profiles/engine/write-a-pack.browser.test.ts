import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestProfile, quickPace, recordHooks, type TestProfile } from '#browser-profiles/testing/test-profile.ts';
import type { LoadedPack } from '#core/script.ts';
import { examinePage } from './doctor.ts';
import { loadPack } from './load-packs.ts';
import { probeState } from './probe-state.ts';
import { type FlowRequest, runFlow } from './run-flow.ts';

/** The messenger and the pack of docs/write-a-pack.md, taken out of the guide as a reader would. */
const guide = join(import.meta.dirname, '../../docs/write-a-pack.md');
const ended = new AsyncDisposableStack();
let pack: LoadedPack;
let profile: TestProfile;
let baseUrl: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-guide-'));
  ended.defer(() => rm(folder, { recursive: true, force: true }));
  const text = await readFile(guide, 'utf8');
  const files = new Map([...text.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = '', content = '']) => [name, content]));
  expect([...files.keys()]).toEqual(['pigeon.html', 'pack.yaml', 'locales/en.yaml']);
  for (const [name, content] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  pack = await loadPack(folder);
  const server = createServer((_request, response) => void response.setHeader('content-type', 'text/html').end(files.get('pigeon.html')));
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  ended.defer(() => void server.close().closeAllConnections());
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // A listening TCP server has an AddressInfo.
  profile = ended.use(await openTestProfile());
}, 60_000);
afterAll(() => ended.disposeAsync());

const run = (flow: string, input: Record<string, string> = {}, changes: Partial<FlowRequest> = {}) =>
  runFlow({
    page: profile.page,
    pack,
    flow,
    input,
    hooks: recordHooks(),
    pace: quickPace(),
    signal: AbortSignal.timeout(40_000),
    baseUrl,
    ...changes,
  });
const toAnn = (text: string) => ({ to: 'ann', name: '', text });

test('the reader logs in, with a wrong secret told as such', async () => {
  await expect(run('login.password', { username: 'me', password: 'moo' })).rejects.toMatchObject({ code: 'wrong_code' });
  await run('login.password', { username: 'me', password: 'coo' });
  expect(await probeState(profile.page, pack)).toMatchObject({ is: 'ready', evidence: 'people', tier: 0 });
  expect(await run('me')).toMatchObject({ rows: { me: [{ identity: 'me' }] } });
});

test('the reader’s pack sends with proof, reads, and looks again after a crash', async () => {
  const sent = await run('send', toAnn('Hello Ann'));
  expect(sent).toMatchObject({ is: 'sent', status: 'sent' });
  expect(await run('send', toAnn('Never sent'), { dryRun: true })).toEqual({ is: 'dry_run' });
  const read = await run('read', toAnn(''));
  expect(read).toMatchObject({ messages: [{ text: 'Hello Ann', direction: 'out', status: 'sent', kind: 'text' }] });
  const hooks = recordHooks(async () => {
    throw new Error('the host dies');
  });
  await expect(run('send', toAnn('Half-way'), { hooks })).rejects.toThrow();
  expect(await run('confirm', toAnn('Half-way'), { anchor: hooks.anchors[0] ?? null })).toEqual({ is: 'absent' });
  expect(
    await run('confirm', toAnn('Hello Ann'), { anchor: { conversation: 'ann', lastIds: [], takenAt: new Date(0).toISOString() } }),
  ).toMatchObject({ is: 'sent' });
  await expect(run('send', { to: 'nobody', name: '', text: 'x' })).rejects.toMatchObject({ code: 'element_missing' });
});

test('badges and chats are listed', async () => {
  await profile.page.evaluate(() => localStorage.setItem('new ben', '2'));
  await profile.page.reload();
  expect(await run('unread')).toMatchObject({ rows: { unread: [{ conversation: 'ben', name: 'Ben Cole', count: '2' }] } });
  expect(await run('dialogs')).toMatchObject({ rows: { dialogs: [{ name: 'Ann Bell' }, { name: 'Ben Cole' }] } });
});

test('the doctor sees the same with every lower tier, and tells when the first is gone', async () => {
  const signal = AbortSignal.timeout(20_000);
  await run('open', { to: 'ann', name: '' });
  const { screen, findings } = await examinePage(profile.page, pack, { signal });
  expect(screen.is).toBe('ready');
  const onScreen = findings.filter(({ is }) => is !== 'absent');
  expect(onScreen.map(({ selector }) => selector)).toEqual(
    expect.arrayContaining(['people', 'row', 'header', 'composer', 'messageList', 'bubble', 'me']),
  );
  expect(
    onScreen.filter(({ is, tiers }) => is !== 'first' || tiers.slice(1).every(({ agrees }) => agrees !== 'same' && agrees !== 'nested')),
  ).toEqual([]);
  await profile.page.evaluate(() => document.querySelector('nav')?.removeAttribute('aria-label'));
  const later = await examinePage(profile.page, pack, { signal });
  expect(later.findings.find(({ selector }) => selector === 'people')).toMatchObject({ is: 'absent', isOptional: false });
});

test('every step and every state of the language stands in the guide', async () => {
  const text = await readFile(guide, 'utf8');
  const { PlainStep, Step } = await import('#core/script-steps.ts');
  const { ScreenState } = await import('#core/profile.ts');
  const { knownFlows } = await import('#core/script-check.ts');
  const steps = [...Object.keys(PlainStep.shape), ...Object.keys(Step.shape)];
  expect(
    [...steps, ...ScreenState.options, ...Object.keys(knownFlows)].filter((word) => !text.includes(`\`${word}\``) && !text.includes(`\`${word}:`)),
  ).toEqual([]);
});
