import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { type AudienceAsk, previewAudience } from './audience.ts';
import { readCampaign } from './campaigns.ts';
import { inWorkspace, openDatabase, type Trx } from './database.ts';
import { dueDeliveries } from './lane.ts';
import { beginRun, type PlanAsk, planInParts } from './plan.ts';

let database: TestDatabase;
let workspaceId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  workspaceId = await addTestWorkspace(database.db);
});
afterAll(() => database[Symbol.asyncDispose]());
const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(database.db, workspaceId, work);
const { signal } = new AbortController();

/** A campaign that waits for its plan: 130 people with mail addresses, every third with a phone alone, for two senders of each. */
async function addCampaign(name: string): Promise<PlanAsk> {
  return inside(async (trx) => {
    const one = async (query: ReturnType<typeof sql>) => (await query.execute(trx)).rows.map((row) => (row as { id: string }).id);
    const senderIds = await one(sql`
      insert into accounts (workspace_id, channel, addressed_by, name)
      select ${workspaceId}, 'x', kind, ${name} || kind || n from (values ('email'), ('phone')) k (kind) cross join generate_series(1, 2) n returning id`);
    const [listId = ''] = await one(sql`insert into lists (workspace_id, name) values (${workspaceId}, ${name}) returning id`);
    await sql`
      with made as (
        insert into contacts (workspace_id, name) select ${workspaceId}, ${name} || n from generate_series(1, 130) n returning id, name, substr(name, ${name.length + 1}::int)::int as n
      ), addressed as (
        insert into aliases (workspace_id, contact_id, kind, value)
        select ${workspaceId}, id, case when n % 3 = 0 then 'phone' else 'email' end, case when n % 3 = 0 then '+49170' || ${name} || n else name || '@example.test' end from made
      ) insert into list_entries (list_id, contact_id, workspace_id) select ${listId}, id, ${workspaceId} from made order by n`.execute(trx);
    const [templateVersionId = ''] = await one(
      sql`insert into template_versions (workspace_id, version, body) values (${workspaceId}, 1, 'Hello {{name}}') returning id`,
    );
    const [campaignId = ''] = await one(sql`
      insert into campaigns (workspace_id, name, state, template_version_id, settings) values (${workspaceId}, ${name}, 'planning', ${templateVersionId}, '{}') returning id`);
    const audience: AudienceAsk = {
      workspaceId,
      listIds: [listId],
      contactIds: [],
      senderIds,
      variables: ['name'],
      countryPrefixes: {},
      partLength: 50,
    };
    return { ...audience, campaignId, templateVersionId, startAt: null };
  });
}
const plannedOf = async ({ campaignId }: PlanAsk) =>
  (
    await inside((trx) =>
      sql<{ contact_id: string; account_id: string; address: string; position: number }>`
        select contact_id, account_id, address, position from deliveries where campaign_id = ${campaignId} order by position`.execute(trx),
    )
  ).rows;
const dueOf = ({ senderIds }: PlanAsk) =>
  inside(async (trx) => {
    const ask = { now: new Date(Date.now() + 60_000), limit: 1000, asksWhenHeard: false };
    const due = await Promise.all(senderIds.map((accountId) => dueDeliveries(trx, { ...ask, accountId })));
    return due.flat().length;
  });

test('a plan that is made part by part says the same as its preview, who takes whom included', async () => {
  const ask = await addCampaign('even');
  expect(await planInParts(database.db, ask, signal)).toBe(true);
  const preview = await inside((trx) => previewAudience(trx, ask, { after: 0, limit: 200 }));
  expect(await plannedOf(ask)).toEqual(
    preview.rows.map(({ contact_id, account_id, address, position }) => ({ contact_id, account_id, address, position })),
  );
  expect(preview.rows).toHaveLength(130);
});

test('of a plan that is killed in its middle nothing is sent, and the next try plans everybody once', async () => {
  const ask = await addCampaign('dies');
  const last = (await inside((trx) => previewAudience(trx, ask, { after: 129, limit: 1 }))).rows[0]?.contact_id;
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  try {
    // Who holds the last person stops the third part at its foreign key, when the first two are written.
    await admin.query('begin');
    await admin.query('select from contacts where id = $1 for update', [last]);
    const doomed = await openDatabase({ url: database.url, max: 4 });
    const planning = planInParts(doomed.db, ask, signal).then(
      () => 'whole',
      () => 'broken',
    );
    while ((await plannedOf(ask)).length < 100) await wait(10);
    expect(await dueOf(ask)).toBe(0);
    // Everybody in a transaction but us: the one with the cursor, and the part that waits.
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`,
    );
    expect(await planning).toBe('broken');
    await doomed.close();
    await admin.query('rollback');
  } finally {
    await admin.end();
  }
  expect(await plannedOf(ask)).toHaveLength(100);
  expect((await inside((trx) => readCampaign(trx, ask.campaignId))).state).toBe('planning');
  expect(await dueOf(ask)).toBe(0);

  expect(await planInParts(database.db, ask, signal)).toBe(true);
  expect(await dueOf(ask)).toBe(0);
  expect(await inside((trx) => beginRun(trx, ask))).toHaveLength(4);
  const planned = await plannedOf(ask);
  expect(planned.map((row) => row.position)).toEqual(Array.from({ length: 130 }, (_, nth) => nth + 1));
  expect(new Set(planned.map((row) => row.contact_id)).size).toBe(130);
  expect(await dueOf(ask)).toBe(130);
});

test('a part that cannot be written fails the plan, whichever it is, and the next try has everybody', async () => {
  const ask = await addCampaign('fails');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    for (const nth of [1, 70, 130]) {
      await client.query(`create function refuse_one() returns trigger language plpgsql as $$ begin raise exception 'not this one'; end $$`);
      await client.query(
        `create trigger refuses_one before insert on deliveries for each row when (new.name = 'fails${nth}') execute function refuse_one()`,
      );
      await expect(planInParts(database.db, ask, signal)).rejects.toThrow('not this one');
      await client.query('drop trigger refuses_one on deliveries; drop function refuse_one()');
    }
  } finally {
    await client.end();
  }
  expect(await planInParts(database.db, ask, signal)).toBe(true);
  expect(await plannedOf(ask)).toHaveLength(130);
});

test('a campaign that is cancelled while it is planned gets no more people', async () => {
  const ask = await addCampaign('stop');
  await inside((trx) => sql`update campaigns set state = 'cancelled' where id = ${ask.campaignId}`.execute(trx));
  expect(await planInParts(database.db, ask, signal)).toBe(false);
  expect(await inside((trx) => beginRun(trx, ask))).toEqual([]);
  expect(await plannedOf(ask)).toEqual([]);
});
