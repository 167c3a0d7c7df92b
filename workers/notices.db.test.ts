import { createECDH, type ECDH, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createGuardedRequest } from '#channels/guarded-request.ts';
import { makePushKeys } from '#channels/web-push.ts';
import { usualWays } from '#core/notices.ts';
import { readRange } from '#core/public-address.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { type Catcher, startCatcher } from '#lab/mail/catcher.ts';
import { changeConversation } from '#sql/conversation-changes.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { addNote } from '#sql/desk.ts';
import { ingest } from '#sql/ingest.ts';
import {
  addPushSubscription,
  changeNoticeSettings,
  listNotices,
  listPushSubscriptions,
  readNotices,
  readNoticesOf,
  readPushKey,
} from '#sql/notices.ts';
import { createSealer } from '#sql/sealed.ts';
import { readableLog } from '#sql/testing/readable-log.ts';
import { readMailSettings } from './mail-settings.ts';
import { createNoticeWork } from './notices.ts';
import { addOffice } from './testing/add-office.ts';
import { addTestProfile } from './testing/add-profile.ts';
import { decryptPush, type Pushed, vapidClaims } from './testing/read-push.ts';

const sealer = createSealer('a key that only tests use, nowhere else');
const loopback = [readRange('127.0.0.0/8')].filter((one) => one !== null);
const clock = { at: 0, now: () => new Date(clock.at), settle: async () => undefined };
let base: TestDatabase;
let catcher: Catcher;
let address: string;
let pushed: Pushed[] = [];
let answer: () => number | null = () => 201;
let workspaceId: string;
let personId: string;
let accountId: string;
let publicKey: string;
const server = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  pushed.push({ headers: request.headers, body: Buffer.concat(parts) });
  const status = answer();
  if (status === null) request.socket.destroy();
  else response.writeHead(status).end();
});
beforeAll(async () => {
  base = await createTestDatabase();
  catcher = await startCatcher();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // A TCP server has an AddressInfo.
  const made = makePushKeys();
  publicKey = (await readPushKey(base.db, () => ({ publicKey: made.publicKey, sealedPrivateKey: sealer.seal(made.privateKey) }))).publicKey;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await catcher[Symbol.asyncDispose]();
  await base[Symbol.asyncDispose]();
});
beforeEach(async () => {
  workspaceId = await addTestWorkspace(base.db);
  personId = await inside(async (trx) => (await trx.selectFrom('people').select('id').executeTakeFirstOrThrow()).id);
  accountId = await addTestProfile(base.db, workspaceId);
  pushed = [];
  answer = () => 201;
  clock.at = Date.now();
});

const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(base.db, workspaceId, work);
const work = async () => {
  await readableLog(base.db, workspaceId);
  const notices = createNoticeWork({
    db: base.db,
    clock,
    sealer,
    ask: createGuardedRequest(loopback),
    publicUrl: 'https://patchbay.example',
    settingsOf: (account) => readMailSettings({ db: base.db, sealer, catcher: { host: '127.0.0.1', port: catcher.smtpPort } }, account),
    tell: () => undefined,
    log: { warn: () => undefined },
  });
  await notices.look(new AbortController().signal);
  await notices.settled();
};
const mine = () => inside((trx) => listNotices(trx, personId, { limit: 50 }));
async function say(text: string, peer = 'anna@x.test'): Promise<string> {
  const one = { conversation: peer, peer: { kind: 'jid' as const, value: peer, name: '' }, platformId: text + peer, direction: 'in' as const };
  const message = { ...one, kind: 'text' as const, text, at: new Date(), status: null };
  const [taken] = await inside((trx) => ingest(trx, { workspaceId, accountId, now: new Date(), messages: [message] }));
  return taken?.conversationId ?? '';
}
async function mineNow(): Promise<string> {
  const conversationId = await say('first');
  await inside((trx) => changeConversation(trx, { workspaceId, conversationId }, { assignedTo: personId }, new Date()));
  await work();
  await inside((trx) => readNotices(trx, personId, undefined));
  return conversationId;
}
async function subscribe(path = '/push'): Promise<{ browser: ECDH; auth: Buffer }> {
  const browser = createECDH('prime256v1');
  browser.generateKeys();
  const auth = randomBytes(16);
  const keys = { p256dh: browser.getPublicKey('base64url'), auth: auth.toString('base64url') };
  await inside((trx) =>
    addPushSubscription(trx, { workspaceId, personId }, { endpoint: address + path, sealedKeys: sealer.seal(JSON.stringify(keys)) }),
  );
  return { browser, auth };
}
const settings = (more: object = {}) => ({ zone: 'UTC', quiet: null, mailAccountId: null, language: null, rules: usualWays, ...more });
const choose = (more: object) => inside((trx) => changeNoticeSettings(trx, { workspaceId, personId }, settings(more)));

test('a message to me is a notice once, in the page and at my browser, which alone can read it', async () => {
  const conversationId = await mineNow();
  const browser = await subscribe();
  await say('second');
  await say('third');
  await work();
  await work();
  expect(await mine()).toMatchObject({
    unread: 1,
    rows: [{ kind: 'message_mine', name: 'anna@x.test', subject: { conversationId }, readAt: null }, { readAt: expect.any(String) }],
  });
  expect(pushed).toHaveLength(1);
  const [push] = pushed as [Pushed];
  expect(decryptPush(push, browser)).toMatchObject({ kind: 'message_mine', name: 'anna@x.test', subject: { conversationId } });
  expect(() => decryptPush(push, { ...browser, auth: randomBytes(16) })).toThrow();
  expect(push.body.includes('anna')).toBe(false);
  expect(await vapidClaims(push, { publicKey, audience: address })).toMatchObject({ sub: 'https://patchbay.example' });
  await inside((trx) => readNotices(trx, personId, undefined));
  await say('fourth');
  await work();
  expect((await mine()).rows).toHaveLength(3);
});

test('a push that was under way when the worker died goes again as the same one; a browser that is gone is forgotten', async () => {
  await mineNow();
  await subscribe();
  await say('second');
  answer = () => null;
  await work();
  answer = () => 201;
  await work();
  expect(pushed).toHaveLength(1);
  clock.at += 11 * 60_000;
  await work();
  expect(pushed).toHaveLength(2);
  expect(pushed[0]?.headers.topic).toBe(pushed[1]?.headers.topic);
  await inside((trx) => readNotices(trx, personId, undefined));
  answer = () => 410;
  await say('third');
  await work();
  expect(await inside((trx) => listPushSubscriptions(trx, personId))).toEqual([]);
});

test('a browser whose keys cannot be opened is tried later, and holds up neither the other browsers nor the mail', async () => {
  await mineNow();
  await subscribe();
  const broken = { endpoint: `${address}/broken`, sealedKeys: Buffer.from('sealed with another key') };
  await inside((trx) => addPushSubscription(trx, { workspaceId, personId }, broken));
  await say('second');
  await work();
  expect(pushed).toHaveLength(1);
  clock.at += 61_000;
  await work();
  expect(pushed).toHaveLength(1);
});

test('quiet hours hold pushes and mail back until they end in the zone of the person', async () => {
  await mineNow();
  await subscribe();
  // It is 23:30 there.
  const noon = new Date(clock.at).setUTCHours(13, 30, 0, 0) + 86_400_000;
  await choose({ zone: 'Asia/Vladivostok', quiet: { from: '22:00', to: '07:00', weekdays: [] } });
  clock.at = noon;
  await say('at night');
  await work();
  expect(pushed).toEqual([]);
  expect((await mine()).unread).toBe(1);
  clock.at = noon + 7.4 * 3_600_000;
  await work();
  expect(pushed).toEqual([]);
  clock.at = noon + 7.5 * 3_600_000 + 1000;
  await work();
  expect(pushed).toHaveLength(1);
});

test('a mention goes to who is named; what is nobody’s to whom it interests; rules say by which way', async () => {
  const conversationId = await mineNow();
  const other = await inside(async (trx) => {
    const row = {
      workspace_id: workspaceId,
      email: `${workspaceId}@x.test`,
      username: `dora${workspaceId.slice(0, 8)}`,
      password_hash: 'x',
      role: 'operator',
    };
    return await trx.insertInto('people').values(row).returning(['id', 'username']).executeTakeFirstOrThrow();
  });
  await choose({ rules: { ...usualWays, message_unassigned: { page: true, push: false, mail: false } } });
  await inside((trx) => addNote(trx, { workspaceId, conversationId }, { personId, text: `@${other.username} please` }));
  await say('who is there?', 'bea@x.test');
  await inside((trx) => sql`update profiles set state = 'needs_qr', state_at = now() where account_id = ${accountId}`.execute(trx));
  await inside((trx) =>
    sql`insert into events (workspace_id, kind, subject) select ${workspaceId}, 'profile_changed', jsonb_build_object('kind', 'profile_changed', 'profileId', ${accountId}::uuid)`.execute(
      trx,
    ),
  );
  await work();
  const unread = await inside((trx) => listNotices(trx, personId, { limit: 10, unread: true }));
  expect(unread.rows.map(({ kind }) => kind).toSorted()).toEqual(['message_unassigned', 'profile_needs']);
  const theirs = await inside((trx) => listNotices(trx, other.id, { limit: 10 }));
  expect(theirs.rows.map(({ kind }) => kind).toSorted()).toEqual(['mention', 'profile_needs']);
});

test('who has read the conversation is not fetched to it: no push, no mail, nothing unread', async () => {
  const conversationId = await mineNow();
  await subscribe();
  const account = await addOne();
  await choose({ mailAccountId: account.id, rules: { ...usualWays, message_mine: { page: true, push: false, mail: true } } });
  const before = (await catcher.messages()).length;
  await say('second');
  await work();
  await inside(async (trx) => {
    await changeConversation(trx, { workspaceId, conversationId }, { isRead: true }, new Date());
    await readNoticesOf(trx, { workspaceId, personId }, conversationId);
  });
  expect((await mine()).unread).toBe(0);
  // As a page does it on which the conversation is open: it is read before the notice is made.
  await choose({ mailAccountId: account.id, rules: { ...usualWays, message_mine: { page: true, push: true, mail: true } } });
  await say('third');
  await inside((trx) => changeConversation(trx, { workspaceId, conversationId }, { isRead: true }, new Date()));
  await work();
  clock.at += 11 * 60_000;
  await work();
  expect(pushed).toEqual([]);
  expect(await catcher.messages()).toHaveLength(before);
  expect((await mine()).unread).toBe(0);
  await say('fourth');
  await work();
  expect(pushed).toHaveLength(1);
});

test('a browser shows what whoever subscribed last is told', async () => {
  await subscribe();
  const values = { email: `${workspaceId}@y.test`, username: `e${workspaceId.slice(0, 8)}`, password_hash: 'x', role: 'operator' };
  const other = await inside((trx) =>
    trx
      .insertInto('people')
      .values({ workspace_id: workspaceId, ...values })
      .returning('id')
      .executeTakeFirstOrThrow(),
  );
  const again = { endpoint: `${address}/push`, sealedKeys: Buffer.from('x') };
  await inside((trx) => addPushSubscription(trx, { workspaceId, personId: other.id }, again));
  expect(await inside((trx) => listPushSubscriptions(trx, personId))).toEqual([]);
  expect(await inside((trx) => listPushSubscriptions(trx, other.id))).toHaveLength(1);
});

const addOne = () => inside((trx) => addOffice(trx, { workspaceId, catcher }));

test('a digest is one mail of what is still unread, sent once', async () => {
  const account = await addOne();
  const before = (await catcher.messages()).length;
  const conversationId = await mineNow();
  await choose({ mailAccountId: account.id, rules: { ...usualWays, message_mine: { page: true, push: false, mail: true } } });
  await say('second');
  await work();
  expect(await catcher.messages()).toHaveLength(before);
  clock.at += 11 * 60_000;
  await Promise.all([work(), work()]);
  await work();
  expect(await catcher.messages()).toHaveLength(before + 1);
  expect((await catcher.messages())[0]?.text).toContain(`https://patchbay.example/inbox/${conversationId}`);
});
