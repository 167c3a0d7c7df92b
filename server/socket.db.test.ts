import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Event } from '#core/events.ts';
import { Failure } from '#core/failure.ts';
import { inWorkspace } from '#sql/database.ts';
import { recordEvent } from '#sql/events.ts';
import { ingest } from '#sql/ingest.ts';
import { openLine } from './testing/socket-line.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
let qr: string | null = null;
const unreachable = async () => Promise.reject(new Failure('no_host'));
beforeAll(async () => {
  server = await startTestServer({
    beatMs: 200,
    remote: {
      login: async () => ({ state: 'needs_qr', why: null, qr, qrAt: null, linkCode: null, identity: null }),
      me: unreachable,
      unread: unreachable,
      dialogs: unreachable,
      checkNumber: unreachable,
      screenshot: unreachable,
    },
    watchFrames: (_place, _kind, { show }) => void show({ kind: 'thumb', width: 1, height: 1, at: 0, jpeg: Buffer.from('picture') }),
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  owner = await registerPerson(server);
});

const record = (event: Event, workspaceId = owner.workspaceId) =>
  inWorkspace(server.database.db, workspaceId, (trx) => recordEvent(trx, workspaceId, event));
const listChanged = (listId = randomUUID()): Event => ({ kind: 'list_changed', listId });
async function signedIn(options: { after?: string; token?: string; path?: string } = {}) {
  const line = await openLine(server.url, { path: options.path });
  line.say({ type: 'authenticate', token: options.token ?? owner.token, after: options.after });
  const ready = await line.hears('ready');
  return { ...line, cursor: ready.cursor };
}
const addProfile = async (name = 'Ann') =>
  (await server.call('POST', '/api/profiles', { token: owner.token, body: { name, channel: 'converse' } })).body.id as string;

test('what changes is told to the own workspace, and to no other', async () => {
  const stranger = await registerPerson(server);
  const [own, other] = [await signedIn(), await signedIn({ token: stranger.token })];
  const [mine, theirs] = [listChanged(), listChanged()];
  await record(mine);
  await record(theirs, stranger.workspaceId);
  expect((await own.hears('event')).event).toEqual(mine);
  expect((await other.hears('event')).event).toEqual(theirs);
  expect(own.told.filter((message) => message.type === 'event')).toHaveLength(1);
});

test('who does not authenticate first is refused', async () => {
  const line = await openLine(server.url);
  line.say({ type: 'subscribe' });
  expect((await line.hears('refused')).code).toBe('signed_out');
  expect((await line.closed).code).toBe(4401);
  const wrong = await openLine(server.url);
  wrong.say({ type: 'authenticate', token: 'x.y.z' });
  expect((await wrong.closed).code).toBe(4401);
});

test('a page of another site cannot open a socket, nor can any other path', async () => {
  await expect(openLine(server.url, { origin: 'https://evil.example' })).rejects.toThrow(/403/);
  await expect(openLine(server.url, { path: '/elsewhere' })).rejects.toThrow(/404/);
  (await openLine(server.url, { origin: server.url })).close();
});

test.each(['/?sessionId=marketing%00', '/?blastId=%00', `/?sessionId=${'x'.repeat(121)}`, '//'])(
  'an address that names nothing which could be there is refused at the door: %s',
  async (path) => {
    await expect(openLine(server.url, { path })).rejects.toThrow(/400/);
  },
);

test('who comes back with a cursor gets exactly what was missed, and then what is new', async () => {
  const first = await signedIn();
  await record(listChanged());
  const seen = await first.hears('event');
  first.close();
  await first.closed;
  const missed = [listChanged(), listChanged(), listChanged()];
  for (const event of missed) await record(event);
  const second = await signedIn({ after: seen.cursor });
  await second.hears('event', (message) => JSON.stringify(message.event) === JSON.stringify(missed[2]));
  const next = listChanged();
  await record(next);
  await second.hears('event', (message) => JSON.stringify(message.event) === JSON.stringify(next));
  expect(second.told.flatMap((message) => (message.type === 'event' ? [message.event] : []))).toEqual([...missed, next]);
  expect(second.told.some((message) => message.type === 'resync')).toBe(false);
});

test('a cursor that the log does not reach any more, or never knew, asks the client to read anew', async () => {
  await record(listChanged());
  for (const after of ['1.1', '9999999999.1']) {
    const line = await signedIn({ after });
    expect((await line.hears('resync')).cursor).toBe(line.cursor);
  }
});

test('many changes at once from many transactions arrive once each', async () => {
  const line = await signedIn();
  const events = Array.from({ length: 60 }, () => listChanged());
  await Promise.all(events.map((event) => record(event)));
  const ids = (list: readonly Event[]) => list.map((event) => JSON.stringify(event)).sort();
  await Promise.all(events.map((event) => line.hears('event', (message) => JSON.stringify(message.event) === JSON.stringify(event))));
  expect(ids(line.told.flatMap((message) => (message.type === 'event' ? [message.event] : [])))).toEqual(ids(events));
});

test('a subscription narrows what is told, unsubscribing widens it again', async () => {
  const line = await signedIn();
  const profileId = await addProfile();
  line.say({ type: 'subscribe', profileId });
  line.say({ type: 'ping' });
  await line.hears('pong');
  await record(listChanged());
  await record({ kind: 'profile_changed', profileId });
  await line.hears('event', ({ event }) => event.kind === 'profile_changed');
  expect(line.told.some((message) => message.type === 'event' && message.event.kind === 'list_changed')).toBe(false);
  line.say({ type: 'unsubscribe' });
  line.say({ type: 'ping' });
  await expect.poll(() => line.told.filter((message) => message.type === 'pong').length).toBe(2);
  await record(listChanged());
  await line.hears('event', ({ event }) => event.kind === 'list_changed');
});

test('signing out closes the sockets of that session at once, ending it elsewhere soon after', async () => {
  const line = await signedIn();
  await server.call('POST', '/api/auth/logout', { token: owner.token });
  expect((await line.closed).code).toBe(4401);
  const again = await server.call('POST', '/api/auth/login', { body: { email: owner.email, password: owner.password } });
  const second = await signedIn({ token: again.body.accessToken });
  await inWorkspace(server.database.db, owner.workspaceId, (trx) => trx.updateTable('sessions').set({ ended_at: new Date() }).execute());
  expect((await second.closed).code).toBe(4401);
});

test('the login code of a profile goes to who asked for that profile by name, and to nobody else', async () => {
  const profileId = await addProfile('marketing-promo');
  qr = 'the first code';
  const [asking, looking] = [await signedIn({ path: '/?sessionId=marketing-promo' }), await signedIn()];
  expect(await asking.hears('qr_update')).toMatchObject({
    sessionId: 'marketing-promo',
    profileId,
    qr,
    image: expect.stringMatching(/^data:image\/png;base64,/),
  });
  qr = 'the second code';
  await record({ kind: 'qr_changed', profileId });
  expect((await asking.hears('qr_update', (message) => message.qr === 'the second code')).profileId).toBe(profileId);
  await looking.hears('event', ({ event }) => event.kind === 'qr_changed');
  expect(JSON.stringify(looking.told)).not.toContain('code"');
});

test('a blast tells its progress in three numbers', async () => {
  const { body: campaign } = await server.call('POST', '/api/campaigns', { token: owner.token, body: { name: 'October' } });
  const line = await signedIn({ path: `/?blastId=${campaign.id}` });
  expect(await line.hears('blast_progress')).toMatchObject({ blastId: campaign.id, sent: 0, failed: 0, total: 0, state: 'draft' });
  await inWorkspace(server.database.db, owner.workspaceId, async (trx) => {
    const rows = ['delivered', 'sent', 'failed', 'skipped'].map((state, n) => ({
      workspace_id: owner.workspaceId,
      campaign_id: campaign.id,
      address_kind: 'jid',
      address: `p${n}@x.test`,
      body: 't',
      state,
    }));
    await trx.insertInto('deliveries').values(rows).execute();
    await recordEvent(trx, owner.workspaceId, { kind: 'campaign_changed', campaignId: campaign.id });
  });
  await line.hears('blast_progress', ({ sent, failed, total }) => sent === 2 && failed === 1 && total === 3);
});

test('in the words of the seed: new messages are told, and marking one as read tells that', async () => {
  const accountId = await addProfile();
  const line = await signedIn({ path: '/ws/messages/' });
  line.say({ type: 'subscribe_messages' });
  line.say({ type: 'ping' });
  await line.hears('pong');
  await inWorkspace(server.database.db, owner.workspaceId, (trx) =>
    ingest(trx, {
      workspaceId: owner.workspaceId,
      accountId,
      now: new Date(),
      messages: [
        {
          conversation: 'p',
          peer: { kind: 'jid', value: 'p@x.test' },
          platformId: 'm1',
          direction: 'in',
          kind: 'text',
          text: 'Hi',
          at: null,
          status: null,
        },
      ],
    }),
  );
  const { messageId, conversationId } = await line.hears('new_message');
  line.say({ type: 'mark_read', message_id: messageId });
  expect(await line.hears('message_read')).toMatchObject({ messageId, conversationId, accountId });
  const conversation = await server.call('GET', `/api/conversations/${conversationId}`, { token: owner.token });
  expect(conversation.body.unread).toBe(0);
});

test('in the words of the seed: that an account was connected, synced and disconnected', async () => {
  const accountId = await addProfile();
  const line = await signedIn({ path: '/ws/messages/' });
  line.say({ type: 'subscribe_messages' });
  line.say({ type: 'ping' });
  await line.hears('pong');
  for (const kind of ['platform_connected', 'sync_started', 'sync_completed', 'platform_disconnected'] as const) {
    await inWorkspace(server.database.db, owner.workspaceId, (trx) => recordEvent(trx, owner.workspaceId, { kind, accountId }));
    expect(await line.hears(kind)).toEqual({ type: kind, accountId });
  }
});

test('thumbnails come as the profile’s id and a picture, of own profiles only', async () => {
  const stranger = await registerPerson(server);
  const profileId = await addProfile();
  const [own, other] = [await signedIn(), await signedIn({ token: stranger.token })];
  for (const line of [own, other]) {
    line.say({ type: 'watch', profileIds: [profileId] });
    line.say({ type: 'ping' });
    await line.hears('pong');
  }
  await expect.poll(() => own.frames.length).toBe(1);
  expect(own.frames[0]?.subarray(0, 16).toString('hex')).toBe(profileId.replaceAll('-', ''));
  expect(own.frames[0]?.subarray(16).toString()).toBe('picture');
  expect(other.frames).toHaveLength(0);
});

test('a client that floods the socket or sends too much at once is let go', async () => {
  const line = await signedIn();
  for (let n = 0; n < 80; n += 1) line.say({ type: 'ping' });
  expect((await line.closed).code).toBe(4429);
  const large = await signedIn();
  large.say({ type: 'ping', padding: 'x'.repeat(100_000) });
  expect((await large.closed).code).toBe(1009);
});
