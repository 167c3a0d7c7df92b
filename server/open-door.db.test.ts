import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inWorkspace } from '#sql/database.ts';
import { subscriberPurpose, subscriberToken } from '#sql/subscriber-token.ts';
import { noLimits, registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ limits: { ...noLimits, link: { most: 3, seconds: 60 } } });
});
afterAll(() => server[Symbol.asyncDispose]());

const open = async (path: string, init: RequestInit = {}) => {
  const reply = await fetch(`${server.url}${path}`, init);
  return { status: reply.status, page: await reply.text() };
};

test('a link is opened so often in a minute, whoever else opens theirs from the same address', async () => {
  const { workspaceId } = await registerPerson(server);
  const linkOf = () =>
    `/u/${subscriberToken({ workspaceId, contactId: randomUUID(), accountId: randomUUID() }, server.sealer.derive(subscriberPurpose))}`;
  const [mine, theirs] = [linkOf(), linkOf()];
  const statuses = async (path: () => string) => {
    const found: number[] = [];
    for (let times = 0; times < 4; times += 1) found.push((await open(path())).status);
    return found;
  };
  expect(await statuses(() => mine)).toEqual([200, 200, 200, 429]);
  expect((await open(theirs, { method: 'POST' })).status).toBe(200);
  // Guesses count together.
  expect(await statuses(() => `/u/${randomUUID()}`)).toEqual([404, 404, 404, 429]);
});

test('channels are called what recipients call them', async () => {
  const { workspaceId } = await registerPerson(server);
  const contactId = await inWorkspace(server.database.db, workspaceId, async (trx) => {
    for (const channel of ['email', 'whatsapp-cloud'])
      await trx.insertInto('accounts').values({ workspace_id: workspaceId, channel, name: channel, addressed_by: 'phone' }).execute();
    return (await trx.insertInto('contacts').values({ workspace_id: workspaceId }).returning('id').executeTakeFirstOrThrow()).id;
  });
  const token = subscriberToken({ workspaceId, contactId, accountId: randomUUID() }, server.sealer.derive(subscriberPurpose));
  expect((await open(`/u/${token}`)).page).toContain('> WhatsApp Business</label>');
});

test('what nobody has signed is told why so often in a minute, and then turned away', async () => {
  const post = async () => (await open(`/api/mail-events/generic/${randomUUID()}`, { method: 'POST', body: '{}' })).status;
  const statuses = await Promise.all(Array.from({ length: 62 }, post));
  expect(statuses.filter((status) => status === 401)).toHaveLength(60);
  expect(statuses.filter((status) => status === 429)).toHaveLength(2);
});
