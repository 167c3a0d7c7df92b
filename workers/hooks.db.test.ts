import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createGuardedRequest } from '#channels/guarded-request.ts';
import { newHookSecret } from '#channels/hook-signature.ts';
import { mostTries } from '#core/hooks.ts';
import { readRange } from '#core/public-address.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { recordEvents } from '#sql/events.ts';
import { addTestPost, listHookPosts, readHookPost, replayHookPosts } from '#sql/hook-posts.ts';
import { addHook, changeHook, readHook } from '#sql/hooks.ts';
import { ingest } from '#sql/ingest.ts';
import { createSealer } from '#sql/sealed.ts';
import { readableLog } from '#sql/testing/readable-log.ts';
import { createHookWork } from './hooks.ts';
import { addTestProfile } from './testing/add-profile.ts';

type Got = { url: string; headers: IncomingHttpHeaders; body: string };
const key = 'a key that only tests use, nowhere else';
const sealer = createSealer(key);
const secret = newHookSecret();
let base: TestDatabase;
let workspaceId: string;
let accountId: string;
let address: string;
let got: Got[] = [];
let answer: (got: Got) => { status: number; headers?: Record<string, string> } | null = () => ({ status: 200 });
const server = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const one = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString() };
  got.push(one);
  const said = answer(one);
  if (said) response.writeHead(said.status, { 'set-cookie': 'secret=1', ...said.headers }).end(`said ${said.status}`);
});
beforeAll(async () => {
  base = await createTestDatabase();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // A TCP server has an AddressInfo.
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await base[Symbol.asyncDispose]();
});
beforeEach(async () => {
  workspaceId = await addTestWorkspace(base.db);
  accountId = await addTestProfile(base.db, workspaceId);
  got = [];
  answer = () => ({ status: 200 });
  clock.at = Date.now() + 1000;
});

afterEach(() => inside((trx) => trx.deleteFrom('hooks').execute()));

const clock = { at: 0, now: () => new Date(clock.at), settle: async () => undefined };
const loopback = [readRange('127.0.0.0/8')].filter((one) => one !== null);
const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(base.db, workspaceId, work);
const add = (more: Partial<Parameters<typeof addHook>[2]> = {}) => {
  const headers = { names: ['X-Key'], sealed: sealer.seal(JSON.stringify({ 'X-Key': 'mine' })) };
  const plain = { name: 'CRM', url: `${address}/crm`, kinds: ['message_added' as const], accountIds: [], headers, keepsOrder: false, isOn: true };
  return inside((trx) => addHook(trx, workspaceId, { ...plain, sealedSecret: sealer.seal(secret), ...more }));
};
const say = (text: string, peer = 'anna@x.test') =>
  inside((trx) =>
    ingest(trx, {
      workspaceId,
      accountId,
      now: new Date(),
      messages: [
        {
          conversation: peer,
          peer: { kind: 'jid', value: peer, name: '' },
          platformId: `${text} ${peer}`,
          direction: 'in',
          kind: 'text',
          text,
          at: new Date(),
          status: null,
        },
      ],
    }),
  );
const warned: unknown[] = [];
async function work({ admitted = loopback } = {}): Promise<void> {
  await readableLog(base.db, workspaceId);
  const parts = { db: base.db, clock, sealer, random: () => 1, tell: () => undefined, log: { warn: (what: unknown) => void warned.push(what) } };
  const hooks = createHookWork({ ...parts, ask: createGuardedRequest(admitted) });
  await hooks.look(new AbortController().signal);
  await hooks.settled();
}
const posts = () => inside((trx) => listHookPosts(trx, {}, { limit: 100 })).then(({ rows }) => rows);
const later = (ms: number) => {
  clock.at += ms;
};
const dayMs = 86_400_000;

test('what comes in is posted with the message in it, signed as Standard Webhooks says, and what is kept of it holds no secret', async () => {
  const hook = await add();
  await say('Hello');
  await work();
  expect(got).toHaveLength(1);
  const [{ headers, body }] = got as [Got];
  expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
    type: 'message_added',
    workspaceId,
    data: { accountId, message: { text: 'Hello', direction: 'in', contactName: 'anna@x.test' } },
  });
  expect(() => new Webhook(newHookSecret()).verify(body, headers as Record<string, string>)).toThrow('No matching signature');
  expect(headers).toMatchObject({ 'x-key': 'mine', 'content-type': 'application/json' });
  const [post] = await posts();
  expect(post).toMatchObject({ id: headers['webhook-id'], hookId: hook.id, state: 'taken', attempts: 1, status: 200, dueAt: null });
  const { tries } = await inside((trx) => readHookPost(trx, post?.id ?? ''));
  expect(tries).toMatchObject([{ status: 200, replyBody: 'said 200', request: { 'X-Key': '…', 'webhook-signature': '…' } }]);
  expect(JSON.stringify(tries)).not.toMatch(/mine|v1,|secret=1|whsec/);
  await work();
  expect(got).toHaveLength(1);
});

test('a hook is told of its kinds and accounts, since it is there and while it is on, and never of another workspace', async () => {
  await say('before');
  const other = await addTestProfile(base.db, workspaceId);
  await add({ accountIds: [other], kinds: ['message_added', 'conversation_changed', 'list_changed'] });
  const off = await add({ name: 'off', url: `${address}/off`, isOn: false });
  const ours = workspaceId;
  workspaceId = await addTestWorkspace(base.db);
  await add({ url: `${address}/theirs` });
  workspaceId = ours;
  await say('of another account');
  await inside((trx) => recordEvents(trx, workspaceId, [{ kind: 'list_changed', listId: accountId }]));
  await work();
  expect(got.map(({ url, body }) => [url, JSON.parse(body).type])).toEqual([['/crm', 'list_changed']]);
  expect(JSON.parse(got[0]?.body ?? '').data).toEqual({ listId: accountId, list: null });
  // One that is off is told nothing but a test.
  await inside((trx) => addTestPost(trx, { workspaceId, hookId: off.id }, clock.now()));
  await work();
  expect(got.map(({ url }) => url)).toEqual(['/crm', '/off']);
});

test('a hook that fails is asked again, ever later, until its post is dead; then a person has it posted under the same id', async () => {
  const hook = await add();
  await say('Hello');
  answer = () => ({ status: 500 });
  const pauses: number[] = [];
  for (let tried = 1; tried < mostTries; tried += 1) {
    await work();
    const [post] = await posts();
    const pause = Date.parse(post?.dueAt ?? '') - clock.at;
    pauses.push(pause / 1000);
    later(pause - 1);
    await work();
    expect(got).toHaveLength(tried);
    later(1);
  }
  expect(pauses).toEqual([5, 20, 80, 320, 1280, 5120, 20_480, 81_920, 86_400, 86_400, 86_400]);
  await work();
  expect(await posts()).toMatchObject([{ state: 'dead', attempts: mostTries, status: 500, error: 'The address answered 500.', dueAt: null }]);
  answer = () => ({ status: 204 });
  expect(await inside((trx) => replayHookPosts(trx, { hookId: hook.id, state: 'dead' }, clock.now()))).toBe(1);
  await work();
  const period = { hookId: hook.id, from: new Date(0).toISOString(), to: clock.now().toISOString() };
  expect(await inside((trx) => replayHookPosts(trx, period, clock.now()))).toBe(1);
  await work();
  expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(got).toHaveLength(mostTries + 2);
  expect(await inside((trx) => readHook(trx, hook.id))).toMatchObject({ isOn: true, failingSince: null, dead: 0, waiting: 0 });
});

test('an address that asks to wait is asked later; one that is gone, or takes nothing for days, is switched off and says why', async () => {
  const hook = await add();
  await say('Hello');
  answer = () => ({ status: 429, headers: { 'retry-after': '3600' } });
  await work();
  expect(Date.parse((await posts())[0]?.dueAt ?? '') - clock.at).toBe(3_600_000);
  answer = () => ({ status: 302, headers: { location: `${address}/elsewhere` } });
  for (let day = 0; day < 3; day += 1) {
    for (let nth = 0; nth < 6; nth += 1) await say(`${day} ${nth}`);
    clock.at = Math.max(clock.at, Date.now()) + 1000;
    await work();
    later(dayMs + 1000);
  }
  await work();
  expect(got.every(({ url }) => url === '/crm')).toBe(true);
  expect(await inside((trx) => readHook(trx, hook.id))).toMatchObject({ isOn: false, offWhy: 'failing' });
  const before = got.length;
  later(dayMs);
  await work();
  expect(got).toHaveLength(before);
  answer = () => ({ status: 410 });
  expect(await inside((trx) => changeHook(trx, { workspaceId, hookId: hook.id }, { isOn: true }))).toMatchObject({
    isOn: true,
    offWhy: null,
    failingSince: null,
  });
  await work();
  expect(await inside((trx) => readHook(trx, hook.id))).toMatchObject({ isOn: false, offWhy: 'gone' });
});

test('an address inside the network is not asked, and the post says so', async () => {
  await add();
  await say('Hello');
  await work({ admitted: [] });
  expect(got).toEqual([]);
  expect(await posts()).toMatchObject([{ state: 'waiting', attempts: 1, status: null, error: expect.stringContaining('private network') }]);
});

test('a post that cannot be written counts as a try, and is not begun anew for ever', async () => {
  await add({ sealedSecret: Buffer.from('sealed with another key') });
  await say('Hello');
  await work();
  expect(got).toEqual([]);
  expect(await posts()).toMatchObject([{ state: 'waiting', attempts: 1, status: null, error: expect.stringContaining('could not write') }]);
  expect(warned.splice(0)).toHaveLength(1);
});

test('where order is kept, what was said later waits for what was said before in the same conversation, and for no other', async () => {
  await add({ keepsOrder: true });
  for (const text of ['1', '2', '3']) await say(text);
  await say('other', 'bea@x.test');
  const textOf = (one: Got) => JSON.parse(one.body).data.message.text;
  answer = (one) => ({ status: textOf(one) === '1' ? 503 : 200 });
  await work();
  expect(got.map(textOf).toSorted()).toEqual(['1', 'other']);
  answer = () => ({ status: 200 });
  later(5000);
  await work();
  expect(got.map(textOf).filter((text) => text !== 'other')).toEqual(['1', '1', '2', '3']);
});

test('a worker that is killed between posting and marking leaves a post that the next one posts again, under the same id', async () => {
  await add();
  await say('Hello');
  const child: { process?: ChildProcess } = {};
  const died = Promise.withResolvers<void>();
  answer = () => {
    child.process?.kill('SIGKILL');
    return null;
  };
  child.process = spawn(process.execPath, [fileURLToPath(new URL('testing/doomed-poster.ts', import.meta.url)), base.url, key], { stdio: 'inherit' });
  child.process.on('exit', () => died.resolve());
  await died.promise;
  expect(got).toHaveLength(1);
  expect(await posts()).toMatchObject([{ state: 'waiting', attempts: 0 }]);
  answer = () => ({ status: 200 });
  await work();
  expect(got).toHaveLength(1);
  clock.at = Date.now() + 61_000;
  await work();
  expect(got.map(({ headers }) => headers['webhook-id'])).toEqual([got[0]?.headers['webhook-id'], got[0]?.headers['webhook-id']]);
  expect(await posts()).toMatchObject([{ state: 'taken', attempts: 1 }]);
});

test('two workers read the log at once, and a reader that dies leaves its place: each event becomes one post', async () => {
  await add();
  for (let nth = 0; nth < 20; nth += 1) await say(String(nth));
  const dead = inside(async (trx) => {
    await sql`select plan_hook_posts(now(), 5)`.execute(trx);
    throw new Error('died');
  });
  await expect(dead).rejects.toThrow('died');
  await Promise.all([work(), work(), work()]);
  await work();
  expect(got.map(({ body }) => JSON.parse(body).data.message.text).toSorted()).toEqual(
    Array.from({ length: 20 }, (_, nth) => String(nth)).toSorted(),
  );
  expect(warned).toEqual([]);
});
