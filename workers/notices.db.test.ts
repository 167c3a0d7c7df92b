import { createDecipheriv, createECDH, createPublicKey, type ECDH, hkdfSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jwtVerify } from 'jose';
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
import { addMailAccount } from '#sql/mail.ts';
import { addPushSubscription, changeNoticeSettings, listNotices, listPushSubscriptions, readNotices, readPushKey } from '#sql/notices.ts';
import { createSealer } from '#sql/sealed.ts';
import { readMailSettings } from './mail-settings.ts';
import { createNoticeWork } from './notices.ts';
import { addTestProfile } from './testing/add-profile.ts';

type Pushed = { headers: IncomingHttpHeaders; body: Buffer };
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
/** The log is read below the oldest transaction of the whole cluster, and tests of other files write there too. */
const readable = () =>
  expect
    .poll(
      () =>
        inside((trx) => sql`select from events where xid >= pg_snapshot_xmin(pg_current_snapshot())`.execute(trx).then(({ rows }) => rows.length)),
      { timeout: 20_000 },
    )
    .toBe(0);
const work = async () => {
  await readable();
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
const settings = (more: object = {}) => ({ zone: 'UTC', quiet: null, mailAccountId: null, rules: usualWays, ...more });
const choose = (more: object) => inside((trx) => changeNoticeSettings(trx, { workspaceId, personId }, settings(more)));

/** What a browser does with a push (RFC 8188 and 8291), written from the RFCs. */
function decrypt({ body }: Pushed, { browser, auth }: { browser: ECDH; auth: Buffer }): unknown {
  const salt = body.subarray(0, 16);
  const keyLength = body[20] ?? 0;
  const sender = body.subarray(21, 21 + keyLength);
  const sealed = body.subarray(21 + keyLength);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), sender]);
  const secret = Buffer.from(hkdfSync('sha256', browser.computeSecret(sender), auth, info, 32));
  const key = Buffer.from(hkdfSync('sha256', secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16));
  const nonce = Buffer.from(hkdfSync('sha256', secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12));
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  return JSON.parse(plain.subarray(0, plain.lastIndexOf(2)).toString());
}
/** Throws unless the push is signed by this installation for this push service (RFC 8292). */
async function vapidOf({ headers }: Pushed) {
  const [, token = '', key = ''] = /^vapid t=([^,]+), ?k=(.+)$/.exec(headers.authorization ?? '') ?? [];
  expect(key).toBe(publicKey);
  const point = Buffer.from(key, 'base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') };
  return (await jwtVerify(token, createPublicKey({ key: jwk, format: 'jwk' }), { audience: address })).payload;
}

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
  expect(decrypt(push, browser)).toMatchObject({ kind: 'message_mine', name: 'anna@x.test', subject: { conversationId } });
  expect(() => decrypt(push, { ...browser, auth: randomBytes(16) })).toThrow();
  expect(push.body.includes('anna')).toBe(false);
  expect(await vapidOf(push)).toMatchObject({ sub: 'https://patchbay.example' });
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

test('a digest is one mail of what is still unread, sent once', async () => {
  const mail = { name: 'Office', host: '127.0.0.1', port: catcher.smtpPort, security: 'none' as const, fromAddress: 'office@example.test' };
  const account = await inside((trx) =>
    addMailAccount(trx, workspaceId, {
      ...mail,
      useCatcher: false,
      username: null,
      sealedPassword: null,
      fromName: '',
      bounceAddress: null,
      pool: 1,
      ceilings: {},
    } as never),
  );
  const conversationId = await mineNow();
  await choose({ mailAccountId: account.id, rules: { ...usualWays, message_mine: { page: true, push: false, mail: true } } });
  await say('second');
  await work();
  expect(await catcher.messages()).toHaveLength(0);
  clock.at += 11 * 60_000;
  await Promise.all([work(), work()]);
  await work();
  expect(await catcher.messages()).toHaveLength(1);
  expect((await catcher.messages())[0]?.text).toContain(`https://patchbay.example/inbox/${conversationId}`);
});
