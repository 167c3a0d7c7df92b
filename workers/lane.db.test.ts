import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createEmailChannel, type EmailChannel } from '#channels/email/channel.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { type Catcher, startCatcher } from '#lab/mail/catcher.ts';
import { setCampaignState } from '#sql/campaigns.ts';
import { databaseClock } from '#sql/clock.ts';
import { inWorkspace } from '#sql/database.ts';
import { acquireLease, tellHostIsAlive } from '#sql/leases.ts';
import { createMediaStore } from '#sql/media-store.ts';
import { createQueue, openQueue } from '#sql/queue.ts';
import { createSealer } from '#sql/sealed.ts';
import { suppressContact } from '#sql/suppressions.ts';
import { Holds } from './holds.ts';
import { createLane } from './lane.ts';
import { createMediaReader } from './media.ts';
import { createRenderer } from './renderer.ts';
import { startMailCampaign } from './testing/mail-lanes.ts';

let base: TestDatabase;
let catcher: Catcher;
let channel: EmailChannel;
let boss: Awaited<ReturnType<typeof openQueue>>;
let workspaceId: string;
let accountId: string;
let settings: object;
let broke: string[] = [];
const hostId = randomUUID();

beforeAll(async () => {
  base = await createTestDatabase();
  boss = await openQueue(base.url, { role: 'sends', onError: () => undefined });
  await tellHostIsAlive(base.db, { id: hostId, url: 'http://127.0.0.1:1', sealedSecret: Buffer.from('x'), slots: 1 });
});
afterAll(async () => {
  await boss.stop({ graceful: false });
  await base[Symbol.asyncDispose]();
});
beforeEach(async () => {
  broke = [];
  catcher = await startCatcher();
  settings = { quietHours: null, ceilings: { email: { perHour: 1000, perRecipientPerDay: 5 } } };
  workspaceId = await addTestWorkspace(base.db);
  accountId = await inside(async (trx) => {
    await trx
      .updateTable('workspaces')
      .set({ settings: JSON.stringify(settings) })
      .execute();
    const account = await trx
      .insertInto('accounts')
      .values({ workspace_id: workspaceId, channel: 'email', addressed_by: 'email', name: 'mail' })
      .returning('id')
      .executeTakeFirstOrThrow();
    return account.id;
  });
  channel = createEmailChannel({
    settingsOf: async () => ({
      host: '127.0.0.1',
      port: catcher.smtpPort,
      security: 'none',
      username: null,
      password: null,
      fromName: '',
      fromAddress: 'a@example.com',
      pool: 4,
    }),
  });
});
afterEach(async () => {
  await channel.close();
  await catcher.close();
});

const inside = <T>(work: Parameters<typeof inWorkspace<T>>[2]) => inWorkspace(base.db, workspaceId, work);

const startCampaign = (people: number) => inside((trx) => startMailCampaign(trx, { workspaceId, accountIds: [accountId], people }));

const newLane = () => {
  const holds = new Holds(base.db, hostId);
  return createLane({
    db: base.db,
    queue: createQueue(boss),
    hostId,
    holds,
    channelOf: () => channel,
    render: createRenderer(base.db, () => null),
    mediaOf: createMediaReader(base.db, createMediaStore(base.db, createSealer('a key that only tests use, nowhere else'))),
    clock: databaseClock(base.db),
    broke: (job) => broke.push(job.accountId),
    tell: () => undefined,
  });
};
const runSlice = () => newLane()({ workspaceId, accountId }, AbortSignal.timeout(30_000));
async function administrator() {
  const client = new pg.Client({ connectionString: base.url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
const states = (campaignId: string) =>
  inside(async (trx) => {
    const { rows } = await sql<{
      state: string;
      n: number;
    }>`select state, count(*)::int as n from deliveries where campaign_id = ${campaignId} group by state`.execute(trx);
    return Object.fromEntries(rows.map((row) => [row.state, row.n]));
  });

test('a campaign by mail reaches everyone once and is finished', async () => {
  const campaignId = await startCampaign(30);
  await runSlice();
  expect(await states(campaignId)).toEqual({ sent: 30 });
  expect([...catcher.deliveries().values()]).toEqual(Array(30).fill(1));
  const campaign = await inside((trx) => trx.selectFrom('campaigns').select('state').where('id', '=', campaignId).executeTakeFirstOrThrow());
  expect(campaign.state).toBe('finished');
});

test('a database that cannot write the commit fails nobody: it is told that the slice broke, and the next one sends them', async () => {
  const campaignId = await startCampaign(4);
  await using admin = await administrator();
  await admin.query('alter function commit_deliveries rename to commit_deliveries_away');
  await expect(runSlice()).rejects.toThrow('commit_deliveries');
  expect(broke).toEqual([accountId]);
  await admin.query('alter function commit_deliveries_away rename to commit_deliveries');
  expect(catcher.counts().total).toBe(0);
  await runSlice();
  expect(await states(campaignId)).toEqual({ sent: 4 });
});

test('what was sent stands in a conversation with its person', async () => {
  await startCampaign(3);
  await runSlice();
  const messages = await inside((trx) => trx.selectFrom('messages').select(['direction', 'body', 'status']).orderBy('body').execute());
  expect(messages).toEqual([1, 2, 3].map((n) => ({ direction: 'out', body: `Hello Person ${n}`, status: 'sent' })));
});

test('the ceiling stops a lane, which says why and until when', async () => {
  await inside((trx) =>
    trx
      .updateTable('accounts')
      .set({ ceilings: JSON.stringify({ perHour: 5 }) })
      .execute(),
  );
  const campaignId = await startCampaign(12);
  await runSlice();
  expect(await states(campaignId)).toEqual({ sent: 5, planned: 7 });
  const account = await inside((trx) => trx.selectFrom('accounts').select(['wait_reason', 'wait_until', 'bell_at']).executeTakeFirstOrThrow());
  expect(account.wait_reason).toBe('account_limit');
  expect(account.bell_at).toEqual(account.wait_until);
});

test('somebody who said stop gets nothing that was planned', async () => {
  const campaignId = await startCampaign(4);
  await inside(async (trx) => {
    const contact = await trx.selectFrom('contacts').select('id').where('name', '=', 'Person 2').executeTakeFirstOrThrow();
    await suppressContact(trx, { workspaceId, contactId: contact.id, source: 'manual', evidence: 'asked', now: new Date() });
  });
  await runSlice();
  expect(await states(campaignId)).toEqual({ sent: 3, skipped: 1 });
  expect((await catcher.messages({ to: 'person2@example.org' })).length).toBe(0);
});

test('a paused campaign sends nothing', async () => {
  const campaignId = await startCampaign(4);
  await inside((trx) => trx.updateTable('campaigns').set({ state: 'paused' }).where('id', '=', campaignId).execute());
  await runSlice();
  expect(await states(campaignId)).toEqual({ planned: 4 });
});

test('quiet hours in the zone of the recipient put a delivery off with the time of its end', async () => {
  const hour = (offset: number) => `${String((new Date().getUTCHours() + 24 + offset) % 24).padStart(2, '0')}:00`;
  await inside((trx) =>
    trx
      .updateTable('workspaces')
      .set({ settings: JSON.stringify({ ...settings, quietHours: { from: hour(-1), to: hour(2) } }) })
      .execute(),
  );
  const campaignId = await startCampaign(2);
  await runSlice();
  expect(await states(campaignId)).toEqual({ planned: 2 });
  const rows = await inside((trx) => trx.selectFrom('deliveries').select(['wait_reason', 'wait_until', 'due_at']).execute());
  expect(rows.every((row) => row.wait_reason === 'quiet_hours' && row.due_at > new Date())).toBe(true);
});

test('a mail whose commit was interrupted by a crash is uncertain, and one that was only claimed is sent', async () => {
  const campaignId = await startCampaign(2);
  await inside(async (trx) => {
    await sql`update deliveries set state = 'committing', fence = 1, committing_at = now(), attempt = 1 where position = 1`.execute(trx);
    await sql`update deliveries set state = 'claimed', fence = 1, claimed_at = now() where position = 2`.execute(trx);
  });
  await runSlice();
  expect(await states(campaignId)).toEqual({ uncertain: 1, sent: 1 });
  expect(catcher.counts().total).toBe(1);
});

test('a lane whose lease another host holds sends nothing', async () => {
  const other = randomUUID();
  await tellHostIsAlive(base.db, { id: other, url: 'http://127.0.0.1:1', sealedSecret: Buffer.from('x'), slots: 1 });
  await acquireLease(base.db, { workspaceId, accountId, hostId: other });
  const campaignId = await startCampaign(2);
  await boss.createQueue(`host_lane_${other.replaceAll('-', '')}`, { policy: 'standard' });
  await runSlice();
  expect(await states(campaignId)).toEqual({ planned: 2 });
});

test('no more mails are committing than the pool has connections', async () => {
  catcher.setFaults({ latencyMs: 20 });
  await startCampaign(40);
  let most = 0;
  let isDone = false;
  const watch = (async () => {
    while (!isDone) {
      const { rows } = await inside((trx) => sql<{ n: number }>`select count(*)::int as n from deliveries where state = 'committing'`.execute(trx));
      most = Math.max(most, rows[0]?.n ?? 0);
    }
  })();
  await runSlice();
  isDone = true;
  await watch;
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(4);
});

test('a campaign whose start nobody kept sends nothing, waits for a person or is skipped, as it was set; one that was begun in time goes on', async () => {
  const plan = (rule: string) =>
    inside(async (trx) => {
      const id = await startMailCampaign(trx, { workspaceId, accountIds: [accountId], people: 3, settings: { lateStart: { rule, minutes: 30 } } });
      await sql`update campaigns set begin_by = now() - interval '1 minute' where id = ${id}`.execute(trx);
      return id;
    });
  const standing = (id: string) =>
    inside((trx) => trx.selectFrom('campaigns').select(['state', 'state_why', 'begin_by']).where('id', '=', id).executeTakeFirstOrThrow());
  const [asks, skips] = [await plan('ask'), await plan('skip')];
  await runSlice();
  expect([await states(asks), await states(skips), catcher.counts().total]).toEqual([{ planned: 3 }, { skipped: 3 }, 0]);
  expect(await standing(asks)).toMatchObject({ state: 'paused', state_why: 'started_late' });
  expect(await standing(skips)).toMatchObject({ state: 'finished' });
  await inside((trx) => setCampaignState(trx, { workspaceId, id: asks, state: 'running' }));
  const inTime = await plan('ask');
  await inside((trx) => sql`update campaigns set begin_by = now() + interval '1 minute' where id = ${inTime}`.execute(trx));
  // Nobody is written to twice side by side: the second message waits for the next slice.
  await runSlice();
  await runSlice();
  expect([await states(asks), await states(inTime)]).toEqual([{ sent: 3 }, { sent: 3 }]);
  expect(await standing(inTime)).toMatchObject({ begin_by: null });
});
