import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Platform } from '#core/platform-event.ts';
import { inWorkspace } from '#sql/database.ts';
import { ingest } from '#sql/ingest.ts';
import { addPlatformAccount } from '#sql/testing/add-platform-account.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
beforeAll(async () => {
  server = await startTestServer();
  owner = await registerPerson(server);
});
afterAll(() => server[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown) => server.call(method, `/api${path}`, { token: owner.token, body });
const hour = 3_600_000;
let people = 0;

/** A conversation with somebody who wrote so many hours ago; its id. */
async function heard(platform: Platform, hoursAgo: number): Promise<string> {
  people += 1;
  const value = platform === 'whatsapp' ? `+4915110001${people}` : `person-${people}`;
  const { workspaceId } = owner;
  await inWorkspace(server.database.db, workspaceId, async (trx) => {
    const known = await trx.selectFrom('accounts').select('id').where('name', '=', platform).executeTakeFirst();
    const accountId = known?.id ?? (await addPlatformAccount(trx, { workspaceId, platform, name: platform, externalId: `id of ${platform}` }));
    const peer = { kind: platform === 'whatsapp' ? ('phone' as const) : ('scoped_id' as const), value };
    const at = new Date(Date.now() - hoursAgo * hour);
    const said = { direction: 'in', kind: 'text', text: 'hello', status: null, at } as const;
    await ingest(trx, { workspaceId, accountId, now: new Date(), messages: [{ conversation: value, peer, platformId: `in ${people}`, ...said }] });
  });
  return (await call('GET', `/conversations?search=${encodeURIComponent(value)}`)).body.rows[0].id;
}
const answer = (id: string, body: object) => call('POST', `/conversations/${id}/messages`, body);
const ready = { template: { name: 'ready', language: 'en_US', body: ['Ann'] } };

test('what a platform would refuse is refused before it is queued, by the rule’s name', async () => {
  const old = await heard('whatsapp', 25);
  expect(await answer(old, { text: 'Hi' })).toMatchObject({ status: 422, body: { error: { fields: { extras: 'template_needed' } } } });
  expect((await answer(old, { extras: ready })).status).toBe(202);
  const fresh = await heard('whatsapp', 1);
  expect(await answer(fresh, { text: 'x'.repeat(4097) })).toMatchObject({ status: 422, body: { error: { fields: { text: 'text_length' } } } });
  expect((await answer(fresh, { text: 'Yes?', extras: { buttons: [{ id: 'y', title: 'Yes' }] } })).status).toBe(202);
  const late = await heard('messenger', 30);
  expect(await answer(late, { text: 'Hi' })).toMatchObject({ status: 422, body: { error: { fields: { extras: 'window_closed' } } } });
  expect((await answer(late, { text: 'Hi', extras: { tag: 'HUMAN_AGENT' } })).status).toBe(202);
  const gone = await heard('instagram', 200);
  expect(await answer(gone, { text: 'Hi', extras: { tag: 'HUMAN_AGENT' } })).toMatchObject({
    status: 422,
    body: { error: { fields: { text: 'window_closed' } } },
  });
});

test('a conversation says until when what may be said', async () => {
  const { body } = await call('GET', `/conversations/${await heard('messenger', 30)}`);
  expect(body).toMatchObject({
    window: { opensUntil: null, afterwards: 'human_agent' },
    takes: { textLength: 2000 },
    reports: ['sent', 'delivered', 'read'],
  });
  expect(Math.round((new Date(body.window.humanUntil).getTime() - Date.now()) / hour)).toBe(7 * 24 - 30);
  const mail = await call('GET', '/conversations?channel=email');
  expect(mail.body.rows).toEqual([]);
});

test('a campaign leaves out whom only a template would reach, and says so in its preview', async () => {
  const conversation = (await call('GET', `/conversations/${await heard('whatsapp', 2)}`)).body;
  const other = (await call('GET', `/conversations/${await heard('whatsapp', 26)}`)).body;
  const draft = async (extras: object | null) => {
    const template = await call('POST', '/templates', { name: `t${people}${extras ? 'x' : ''}`, body: 'Hello', extras });
    const contactIds = [conversation.contactId, other.contactId];
    return call('POST', '/campaigns', {
      name: `c${people}${extras ? 'x' : ''}`,
      templateId: template.body.id,
      senderIds: [conversation.accountId],
      audience: { listIds: [], contactIds },
    });
  };
  const free = await draft(null);
  expect((await call('GET', `/campaigns/${free.body.id}/recipients`)).body).toMatchObject({ total: 2, skippedBy: { window_closed: 1 } });
  const bound = await draft({ template: { name: 'ready', language: 'en_US', body: ['{{order_number}}'] } });
  // Its values are looked at as those of the text.
  expect((await call('GET', `/campaigns/${bound.body.id}/recipients`)).body).toMatchObject({ total: 2, skippedBy: { variables_missing: 2 } });
});
