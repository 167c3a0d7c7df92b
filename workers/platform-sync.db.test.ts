import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { act, say } from '#lab/graph/acts.ts';
import { type GraphLab, startGraphLab } from '#lab/graph/site.ts';
import { addMessage, addToken, newMessageId, putCustomer, resetLab } from '#lab/graph/store.ts';
import { readConnection } from '#sql/connection-list.ts';
import { takeDueWork } from '#sql/connection-upkeep.ts';
import { closeConnection, renewToken, saveConnection } from '#sql/connections.ts';
import { inWorkspace } from '#sql/database.ts';
import { createSealer } from '#sql/sealed.ts';
import { dueWebhooks, keepWebhooks, settleWebhook } from '#sql/webhooks.ts';
import { createPlatformCheck } from './platform-check.ts';
import { createPlatformSync } from './platform-sync.ts';

const day = 86_400_000;
const sealer = createSealer('a key that only tests use, nowhere else');
const clock = { at: new Date(), now: () => clock.at, settle: async () => undefined };
const sent: string[] = [];
const queue = { send: async (name: string) => void sent.push(name) };
let base: TestDatabase;
let graph: GraphLab;
let workspaceId: string;
beforeAll(async () => {
  base = await createTestDatabase();
  graph = await startGraphLab();
  workspaceId = await addTestWorkspace(base.db);
});
afterAll(async () => {
  await graph.close();
  await base[Symbol.asyncDispose]();
});
afterEach(() => {
  resetLab(graph.lab);
  clock.at = new Date();
});

const parts = () => {
  const { appId, appSecret, instagramAppId, instagramSecret } = graph.lab.settings;
  const meta = {
    graphUrls: [graph.url],
    graphVersion: 'v25.0',
    facebookApp: { id: appId, secret: appSecret },
    instagramApp: { id: instagramAppId, secret: instagramSecret },
  };
  return { db: base.db, sealer, queue, meta, clock, tell: () => undefined, log: { warn: () => undefined } };
};
const inside = <T>(work: Parameters<typeof inWorkspace<T>>[2]) => inWorkspace(base.db, workspaceId, work);
const shown = (id: string) => inside((trx) => readConnection(trx, id, clock.at));

type Given = {
  platform: 'whatsapp' | 'messenger' | 'instagram';
  id: string;
  login?: 'facebook' | 'instagram' | 'token';
  token: string;
  tokenAt?: Date;
  endsAt?: Date;
  businessId?: string;
};
async function connect({ platform, id, login = 'facebook', token, tokenAt, endsAt, businessId }: Given) {
  const { appId, instagramAppId } = graph.lab.settings;
  const own = {
    sealed: sealer.seal(token),
    at: tokenAt ?? clock.at,
    endsAt: endsAt ?? null,
    dataEndsAt: null,
    appId: login === 'instagram' ? instagramAppId : appId,
  };
  const names = { name: `Account ${id}`, username: null, externalId: id, nodeId: id, businessId: businessId ?? null };
  const fields = { ...names, workspaceId, platform, login, token: own, graphUrl: graph.url, graphVersion: 'v25.0', facts: {}, now: clock.at };
  const accountId = await inside((trx) => saveConnection(trx, fields));
  return { workspaceId, accountId };
}
const signal = new AbortController().signal;
const pageToken = (id: string) => addToken(graph.lab, { kind: 'page', of: [id], appId: graph.lab.settings.appId }).token;

test('a sync brings what the platform lists, once, with what is unread, and tells when it begins and ends', async () => {
  graph.lab.settings.needsProof = true;
  graph.lab.pages.set('11', { id: '11', name: 'Page', instagramId: null });
  const ann = putCustomer(graph.lab, { platform: 'messenger', id: '901', name: 'Ann' });
  const bob = putCustomer(graph.lab, { platform: 'messenger', id: '902', name: 'Bob' });
  act(graph.lab, say(graph.lab, { account: '11', customer: ann, text: 'Hello' }), 'read');
  const ours = { id: newMessageId('messenger'), platform: 'messenger', account: '11', customer: '901', direction: 'out', type: 'text' } as const;
  addMessage(graph.lab, { ...ours, body: {}, text: 'Good day', callback: null, status: 'sent', errors: [], reactions: {}, at: Date.now() });
  for (const text of ['One', 'Two']) say(graph.lab, { account: '11', customer: bob, text });
  const place = await connect({ platform: 'messenger', id: '11', token: pageToken('11') });
  const sync = createPlatformSync(parts());
  await sync(place, signal);
  const talks = () =>
    inside((trx) => trx.selectFrom('conversations').select(['title', 'unread']).where('account_id', '=', place.accountId).orderBy('title').execute());
  const said = () =>
    inside((trx) => trx.selectFrom('messages').select(['body', 'direction']).where('account_id', '=', place.accountId).orderBy('body').execute());
  expect(await talks()).toEqual([
    { title: 'Ann', unread: 0 },
    { title: 'Bob', unread: 2 },
  ]);
  expect(await said()).toEqual([
    { body: 'Good day', direction: 'out' },
    { body: 'Hello', direction: 'in' },
    { body: 'One', direction: 'in' },
    { body: 'Two', direction: 'in' },
  ]);
  await sync(place, signal);
  expect(await said()).toHaveLength(4);
  expect(await shown(place.accountId)).toMatchObject({ isSyncing: false, syncError: null, syncedAt: clock.at.toISOString() });
  const told = await inside((trx) => trx.selectFrom('events').select('kind').where('kind', 'like', 'sync_%').execute());
  expect(told.map(({ kind }) => kind)).toEqual(['sync_started', 'sync_completed', 'sync_started', 'sync_completed']);
});

test('of a number its state is read; webhooks that came before it was connected are looked at again', async () => {
  graph.lab.businesses.set('700', { id: '700', portfolioId: '1', name: 'Shop', peoplePerDay: 2000 });
  graph.lab.numbers.set('51', { id: '51', businessId: '700', display: '+49 1512 345678', name: 'Shop', perSecond: 80 });
  const { token } = addToken(graph.lab, { kind: 'system', appId: graph.lab.settings.appId });
  const place = await connect({ platform: 'whatsapp', id: '51', login: 'token', token, businessId: '700' });
  const body = Buffer.from('{"entry":[{"changes":[{"value":{"metadata":{"phone_number_id":"51"}}}]}]}');
  await keepWebhooks(base.db, [{ platform: 'whatsapp', body, digest: Buffer.alloc(0), signedBy: 'x', headers: {} }]);
  const [id = ''] = await dueWebhooks(base.db, clock.at, 1);
  await base.db
    .transaction()
    .execute((trx) => settleWebhook(trx, { id, workspaceId: null, state: 'unassigned', events: [], error: null, now: clock.at }));
  sent.length = 0;
  await createPlatformSync(parts())(place, signal);
  expect((await shown(place.accountId)).facts).toMatchObject({ quality: 'GREEN', limit: 'TIER_2K' });
  expect(sent).toEqual(['webhooks']);
  expect(await dueWebhooks(base.db, clock.at, 5)).toEqual([id]);
  // What comes later finds its account: the vault is not searched again.
  sent.length = 0;
  await base.db
    .transaction()
    .execute((trx) => settleWebhook(trx, { id, workspaceId: null, state: 'unassigned', events: [], error: null, now: clock.at }));
  await createPlatformSync(parts())(place, signal);
  expect(sent).toEqual([]);
});

test('a token that is refused stops its account and says why; a platform that does not answer does not', async () => {
  graph.lab.pages.set('12', { id: '12', name: 'Page', instagramId: null });
  const token = pageToken('12');
  const place = await connect({ platform: 'messenger', id: '12', token });
  const check = createPlatformCheck(parts());
  await check(place, signal);
  expect((await shown(place.accountId)).state).toBe('connected');
  graph.lab.tokens.clear();
  await check(place, signal);
  expect(await shown(place.accountId)).toMatchObject({ state: 'broken', stateWhy: expect.stringContaining('Malformed') });
  const { pause_reason } = await inside((trx) =>
    trx.selectFrom('accounts').select('pause_reason').where('id', '=', place.accountId).executeTakeFirstOrThrow(),
  );
  expect(pause_reason).toBe('platform_sign_in');
  const due = await takeDueWork(base.db, { now: new Date(Date.now() + 30 * day), syncMinutes: 15, checkMinutes: 1440 });
  expect(due.map(({ accountId }) => accountId)).not.toContain(place.accountId);
});

test('an Instagram token is refreshed when few days are left, and the new one takes its place', async () => {
  graph.lab.instagrams.set('41', { id: '41', username: 'lab.shop', byInstagram: true });
  const old = addToken(graph.lab, {
    kind: 'instagram',
    of: ['41'],
    appId: graph.lab.settings.instagramAppId,
    createdAt: Date.now() - 45 * day,
    expiresAt: Date.now() + 15 * day,
  });
  const given = { platform: 'instagram', id: '41', login: 'instagram', token: old.token, tokenAt: new Date(Date.now() - 45 * day) } as const;
  const place = await connect({ ...given, endsAt: new Date(Date.now() + 21 * day) });
  const check = createPlatformCheck(parts());
  const sealed = async () =>
    sealer.openText(
      (
        await inside((trx) =>
          trx.selectFrom('platform_accounts').select('sealed_token').where('account_id', '=', place.accountId).executeTakeFirstOrThrow(),
        )
      ).sealed_token ?? Buffer.alloc(0),
    );
  await check(place, signal);
  expect(await sealed()).toBe(old.token);
  await connect({ ...given, endsAt: new Date(Date.now() + 15 * day) });
  await check(place, signal);
  expect(await sealed()).not.toBe(old.token);
  expect((Date.parse((await shown(place.accountId)).expiresAt ?? '') - Date.now()) / day).toBeCloseTo(60, 0);
  // One that the platform does not lengthen, because it was taken back, stops its account.
  await connect({ ...given, endsAt: new Date(Date.now() + 15 * day) });
  graph.lab.tokens.clear();
  await check(place, signal);
  const { state, stateWhy } = await shown(place.accountId);
  expect([state, stateWhy?.includes(old.token)]).toEqual(['broken', false]);
});

test('a token that comes for an account that was disconnected meanwhile is forgotten', async () => {
  graph.lab.pages.set('14', { id: '14', name: 'Page', instagramId: null });
  const place = await connect({ platform: 'messenger', id: '14', token: pageToken('14') });
  await inside((trx) => closeConnection(trx, place, clock.at));
  const late = { sealed: sealer.seal('late'), at: clock.at, endsAt: null, dataEndsAt: null, appId: null };
  await expect(inside((trx) => renewToken(trx, place, late))).rejects.toMatchObject({ code: 'wrong_state' });
  expect(await shown(place.accountId)).toMatchObject({ state: 'disconnected', isActive: false });
});

test('due work is handed out once, and again when its time has come', async () => {
  graph.lab.pages.set('13', { id: '13', name: 'Page', instagramId: null });
  const place = await connect({ platform: 'messenger', id: '13', token: pageToken('13') });
  const takeAt = async (minutes: number) =>
    (await takeDueWork(base.db, { now: new Date(clock.at.getTime() + minutes * 60_000), syncMinutes: 15, checkMinutes: 1440 })).filter(
      (one) => one.accountId === place.accountId,
    );
  expect(await takeAt(1)).toEqual([]);
  expect(await takeAt(6)).toEqual([{ ...place, wantsSync: true, wantsCheck: true }]);
  expect(await takeAt(7)).toEqual([]);
  expect(await takeAt(22)).toEqual([{ ...place, wantsSync: true, wantsCheck: false }]);
});
