import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hookKinds } from '#core/hooks.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { ingest } from '#sql/ingest.ts';
import { addTemplate } from '#sql/templates.ts';
import { writeHookBody } from './hook-bodies.ts';
import { addTestProfile } from './testing/add-profile.ts';

let base: TestDatabase;
let workspaceId: string;
let ids: Record<string, string>;
const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(base.db, workspaceId, work);

beforeAll(async () => {
  base = await createTestDatabase();
  workspaceId = await addTestWorkspace(base.db);
  const accountId = await addTestProfile(base.db, workspaceId);
  ids = { accountId, profileId: accountId, ...(await inside((trx) => addRows(trx, accountId))) };
});
afterAll(() => base[Symbol.asyncDispose]());

/** One of each, but an import, which needs a file. */
async function addRows(trx: Trx, accountId: string): Promise<Record<string, string>> {
  const said = { platformId: 'one', direction: 'in' as const, kind: 'text' as const, text: 'Hello', at: new Date(), status: null };
  const from = { conversation: 'anna@x.test', peer: { kind: 'jid' as const, value: 'anna@x.test', name: 'Anna' } };
  const [message] = await ingest(trx, { workspaceId, accountId, now: new Date(), messages: [{ ...from, ...said }] });
  if (!message) throw new Error('nothing was taken in');
  const { messageId, conversationId, contactId } = message;
  const list = await trx.insertInto('lists').values({ workspace_id: workspaceId, name: 'People' }).returning('id').executeTakeFirstOrThrow();
  const campaign = await trx.insertInto('campaigns').values({ workspace_id: workspaceId, name: 'Spring' }).returning('id').executeTakeFirstOrThrow();
  const content = { subject: null, body: 'Hi', html: null, extras: null, variables: [] };
  const template = await addTemplate(trx, { workspaceId, name: 'Hi', content });
  const { rows } = await sql<{ id: string }>`
    insert into deliveries (workspace_id, account_id, contact_id, address_kind, address, body)
    values (${workspaceId}, ${accountId}, ${contactId}, 'jid', 'anna@x.test', 'Hi') returning id`.execute(trx);
  const deliveryId = rows[0]?.id ?? '';
  return { messageId, conversationId, contactId, listId: list.id, campaignId: campaign.id, templateId: template.id, deliveryId };
}

test.each(hookKinds.filter((kind) => kind !== 'import_changed'))('what %s names is written as the API shows it', async (kind) => {
  const post = { id: ids.accountId ?? '', kind, subject: ids, number: 1, happenedAt: new Date(), attempts: 0 };
  const { data } = JSON.parse(await inside((trx) => writeHookBody(trx, post, { workspaceId, now: new Date() })));
  expect(Object.values(data).filter((value) => typeof value === 'object')).toEqual([expect.objectContaining({})]);
});
