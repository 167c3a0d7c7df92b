import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readCampaign, setCampaignState } from '#sql/campaigns.ts';
import { inWorkspace } from '#sql/database.ts';
import { addImport, forgetImportFiles, giveUpImport, readImport, retryImport } from '#sql/imports.ts';
import { campaignsToClose, closeCampaign } from '#sql/left-over.ts';
import { addList } from '#sql/lists.ts';
import { createImporter } from './import.ts';
import { sweepLeftOver } from './sweep-left-over.ts';
import { type MailLanes, openMailLanes } from './testing/mail-lanes.ts';

let lanes: MailLanes;
let admin: pg.Client;
let told = 0;
beforeAll(async () => {
  lanes = await openMailLanes({ accounts: 1 });
  admin = new pg.Client({ connectionString: lanes.base.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await lanes[Symbol.asyncDispose]();
});
beforeEach(() => {
  told = 0;
});

const sweep = () => sweepLeftOver({ db: lanes.base.db, tell: () => (told += 1), log: { warn: () => undefined } });
const campaign = (id: string) => lanes.inside((trx) => readCampaign(trx, id));
const setState = (id: string, state: string) => lanes.inside((trx) => setCampaignState(trx, { workspaceId: lanes.workspaceId, id, state }));
const settle = (id: string, state: string, most = 1000) =>
  admin.query('update deliveries set state = $2 where id in (select id from deliveries where campaign_id = $1 order by position limit $3)', [
    id,
    state,
    most,
  ]);
const eventsOf = async (id: string) =>
  (await admin.query(`select 1 from events where kind = 'campaign_changed' and subject ->> 'campaignId' = $1`, [id])).rowCount;

test('a campaign whose last delivery was settled by a worker that died is finished, once', async () => {
  const id = await lanes.startCampaign(3);
  await settle(id, 'sent');
  const before = (await eventsOf(id)) ?? 0;
  await Promise.all([sweep(), sweep(), sweep()]);
  expect(await campaign(id)).toMatchObject({ state: 'finished', finishedAt: expect.any(String) });
  expect(await eventsOf(id)).toBe(before + 1);
  expect(told).toBe(1);
});

test.each(['planned', 'claimed', 'committing'])('a campaign with something %s runs on, and so does one that is paused', async (state) => {
  const id = await lanes.startCampaign(3);
  await settle(id, 'sent');
  await settle(id, state, 1);
  const paused = await lanes.startCampaign(1);
  await settle(paused, 'sent');
  await setState(paused, 'paused');
  await sweep();
  expect([(await campaign(id)).state, (await campaign(paused)).state]).toEqual(['running', 'paused']);
  await setState(paused, 'running');
  await sweep();
  expect((await campaign(paused)).state).toBe('finished');
  await settle(id, 'sent');
  await sweep();
});

test('what comes back into the plan after a cancel is cancelled', async () => {
  const id = await lanes.startCampaign(3);
  await setState(id, 'cancelled');
  await settle(id, 'sent', 2);
  await sweep();
  expect(await lanes.states(id)).toEqual({ sent: 2, cancelled: 1 });
});

test('a campaign that gets work again while it is being finished is not finished', async () => {
  const id = await lanes.startCampaign(2);
  await settle(id, 'sent');
  const [left] = await campaignsToClose(lanes.base.db, new Date());
  if (!left) throw new Error('the campaign should be left over');
  const person = new pg.Client({ connectionString: lanes.base.url });
  await person.connect();
  try {
    await person.query('begin');
    await person.query(`update deliveries set state = 'planned' where campaign_id = $1 and position = 1`, [id]);
    await person.query('select from campaigns where id = $1 for update', [id]);
    const closing = lanes.inside((trx) => closeCampaign(trx, left));
    await waitUntilBlocked();
    await person.query('commit');
    expect(await closing).toBe(false);
  } finally {
    await person.end();
  }
  expect(await campaign(id)).toMatchObject({ state: 'running', finishedAt: null });
  await settle(id, 'sent');
  await sweep();
});

test('a plan whose retries are used up is a draft again that says why; one that is still tried is left alone', async () => {
  const id = await lanes.startCampaign(1);
  await admin.query(`delete from deliveries where campaign_id = $1`, [id]);
  await setState(id, 'planning');
  await lanes.queue.send('plan', { workspaceId: lanes.workspaceId, campaignId: id });
  await admin.query(`update pgboss.job set state = 'retry' where name = 'plan'`);
  await sweep();
  expect((await campaign(id)).state).toBe('planning');
  await admin.query(`update pgboss.job set state = 'failed' where name = 'plan'`);
  await sweep();
  expect(await campaign(id)).toMatchObject({ state: 'draft', stateWhy: 'planning_failed' });
});

test('an import whose retries are used up fails with a sentence, and goes on where it was left when it is tried again', async () => {
  const rows = Array.from({ length: 2500 }, (_, at) => `+49151${String(50_000_000 + at)},Person x${at}`);
  const { workspaceId } = lanes;
  const list = await lanes.inside((trx) => addList(trx, workspaceId, 'People'));
  const place = { workspaceId, listId: list.id, fileName: 'a.csv', mapping: undefined, defaultCountry: 'DE' };
  const { id } = await lanes.inside((trx) => addImport(trx, { ...place, content: Buffer.from(`Phone,Name\n${rows.join('\n')}\n`) }));
  await lanes.queue.send('import', { workspaceId, importId: id });
  const stand = () => lanes.inside((trx) => readImport(trx, id));
  const dying = new AbortController();
  const parts = { db: lanes.base.db, log: { info: () => undefined } };
  const die = createImporter({ ...parts, tell: () => dying.abort(new Error('killed')) });
  await expect(die({ workspaceId, importId: id }, dying.signal)).rejects.toThrow();
  await sweep();
  expect(await stand()).toMatchObject({ state: 'running', rowsRead: 1000 });
  await admin.query(`update pgboss.job set state = 'failed' where name = 'import'`);
  await sweep();
  expect(await stand()).toMatchObject({ state: 'failed', canRetry: true, error: expect.stringMatching(/given up.*try again/) });
  expect(await lanes.inside((trx) => retryImport(trx, { workspaceId, importId: id }))).toMatchObject({
    state: 'running',
    error: null,
    endedAt: null,
  });
  await createImporter({ ...parts, tell: () => undefined })({ workspaceId, importId: id }, new AbortController().signal);
  expect(await stand()).toMatchObject({ state: 'done', rowsRead: 2500, added: 2500, canRetry: false });
  await expect(lanes.inside((trx) => retryImport(trx, { workspaceId, importId: id }))).rejects.toMatchObject({ code: 'wrong_state' });
});

test('the file of an import that was given up is forgotten when its week is over', async () => {
  const { workspaceId } = lanes;
  const list = await lanes.inside((trx) => addList(trx, workspaceId, 'Forgotten'));
  const place = { workspaceId, listId: list.id, fileName: 'a.csv', mapping: undefined, defaultCountry: 'DE' };
  const { id } = await lanes.inside((trx) => addImport(trx, { ...place, content: Buffer.from('Phone\n') }));
  await sweep();
  const stand = () => lanes.inside((trx) => readImport(trx, id));
  expect((await stand()).canRetry).toBe(true);
  await forgetImportFiles(lanes.base.db, new Date(Date.now() - 60_000));
  expect((await stand()).canRetry).toBe(true);
  await forgetImportFiles(lanes.base.db, new Date(Date.now() + 60_000));
  expect((await stand()).canRetry).toBe(false);
});

test('from another workspace nothing can be closed, given up or tried again', async () => {
  const { workspaceId } = lanes;
  const stranger = randomUUID();
  const asStranger = <T>(work: Parameters<typeof inWorkspace<T>>[2]) => inWorkspace(lanes.base.db, stranger, work);
  const campaignId = await lanes.startCampaign(1);
  await settle(campaignId, 'sent');
  const list = await lanes.inside((trx) => addList(trx, workspaceId, 'Ours'));
  const place = { workspaceId, listId: list.id, fileName: 'a.csv', mapping: undefined, defaultCountry: 'DE' };
  const { id: importId } = await lanes.inside((trx) => addImport(trx, { ...place, content: Buffer.from('Phone\n') }));
  expect(await asStranger((trx) => closeCampaign(trx, { is: 'ended', workspaceId: stranger, campaignId }))).toBe(false);
  expect(await asStranger((trx) => giveUpImport(trx, { workspaceId: stranger, importId, now: new Date() }))).toBe(false);
  await sweep();
  expect([(await campaign(campaignId)).state, (await lanes.inside((trx) => readImport(trx, importId))).state]).toEqual(['finished', 'failed']);
  await expect(asStranger((trx) => retryImport(trx, { workspaceId: stranger, importId }))).rejects.toMatchObject({ code: 'not_found' });
});

/** Until some statement waits for a row that another transaction holds. */
async function waitUntilBlocked(): Promise<void> {
  for (;;) {
    const { rowCount } = await admin.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%campaigns%'`,
    );
    if (rowCount) return;
  }
}

test('an erasure and a change of many whose retries are used up end and say so, and can be asked for again', async () => {
  const { workspaceId } = lanes;
  const own = [workspaceId, randomUUID()];
  const erasure = await admin.query(
    `insert into erasures (workspace_id, contact_id, keeps_away, asked_at) values ($1, $2, false, now()) returning id`,
    own,
  );
  const batch = await admin.query(
    `insert into batches (workspace_id, person_id, change, total) select $1, (select id from people where workspace_id = $1 limit 1), '{}', 1 returning id`,
    [workspaceId],
  );
  const [erasureId, batchId] = [erasure.rows[0].id, batch.rows[0].id];
  await lanes.queue.send('erase', { workspaceId, erasureId });
  await lanes.queue.send('batch', { workspaceId, batchId });
  const states = async () => {
    const { rows } = await admin.query(`select e.state, e.error, b.finished_at from erasures e, batches b where e.id = $1 and b.id = $2`, [
      erasureId,
      batchId,
    ]);
    return rows[0];
  };
  await sweep();
  expect(await states()).toEqual({ state: 'running', error: null, finished_at: null });
  await admin.query(`update pgboss.job set state = 'failed' where name in ('erase', 'batch')`);
  await sweep();
  expect(await states()).toEqual({ state: 'failed', error: expect.stringContaining('Ask for it again'), finished_at: expect.any(Date) });
  await sweep();
  expect(told).toBe(1);
});
