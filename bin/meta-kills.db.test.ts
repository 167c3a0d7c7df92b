import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countSends } from '#lab/graph/control.ts';
import { addPlatformAccount } from '#sql/testing/add-platform-account.ts';
import { ends, type MetaLanes, openMetaLanes } from '#workers/testing/meta-lanes.ts';
import { readStartConfig } from './start-config.ts';
import { WorkerChild } from './worker-child.ts';

const people = 45;
const kills = 2;
let lanes: MetaLanes;
let dataDir: string;
beforeAll(async () => {
  lanes = await openMetaLanes();
  dataDir = await mkdtemp(join(tmpdir(), 'patchbay-meta-'));
});
afterAll(async () => {
  await lanes[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

/** A second and a third number beside the one that is there; each has a lane of its own. Answers all three. */
async function addNumbers(): Promise<string[]> {
  const { whatsapp } = lanes.accounts;
  const added = ['100201', '100202'].map(async (id) => {
    lanes.site.lab.numbers.set(id, { id, businessId: ends.business, display: id, name: 'Shop', perSecond: 80 });
    const given = { workspaceId: lanes.workspaceId, platform: 'whatsapp', name: id, externalId: id, businessId: ends.business } as const;
    return lanes.inside((trx) => addPlatformAccount(trx, given));
  });
  const ids = [whatsapp, ...(await Promise.all(added))];
  await lanes.inside((trx) =>
    sql`update platform_accounts p set sealed_token = o.sealed_token, graph_url = o.graph_url, graph_version = o.graph_version, app_id = o.app_id
          from platform_accounts o where o.account_id = ${whatsapp} and p.account_id = any(${ids}::uuid[])`.execute(trx),
  );
  return ids;
}

/** How many deliveries of each account are in this state. */
async function countBy(state: 'committing' | 'uncertain'): Promise<Map<string, number>> {
  const { rows } = await lanes.inside((trx) =>
    sql<{ account_id: string; n: number }>`select account_id, count(*)::int as n from deliveries where state = ${state} group by account_id`.execute(
      trx,
    ),
  );
  return new Map(rows.map((row) => [row.account_id, row.n]));
}

test('a worker that is killed again and again while it sends over several numbers leaves at most one message uncertain for each number and kill, and nobody gets one twice', async () => {
  const { lab, url } = lanes.site;
  const { appId, appSecret } = lab.settings;
  lab.settings.latencyMs = 60;
  const accountIds = await addNumbers();
  const template = { name: 'ready', language: 'en_US', body: ['{{name}}'], buttons: [] };
  const campaign = await lanes.startCampaign(people, 'Hello {{name}}', { template });
  await lanes.inside((trx) => sql`update deliveries set account_id = (${accountIds}::uuid[])[1 + position % 3]`.execute(trx));
  const { PATH, HOME } = readStartConfig().env;
  await using worker = new WorkerChild({ PATH, HOME }, () => undefined, { mostPauseMs: 0 });
  await worker.start({
    DATABASE_URL: lanes.base.url,
    DATA_DIR: dataDir,
    PATCHBAY_KEY: 'a key that only tests use, nowhere else',
    LOG_LEVEL: 'silent',
    META_GRAPH_URL: url,
    META_APP_ID: appId,
    META_APP_SECRET: appSecret,
  });
  const soon = <T>(look: () => T) => expect.poll(look, { timeout: 40_000, interval: 20 });
  let before = new Map<string, number>();
  for (let nth = 0; nth < kills; nth += 1) {
    await soon(() => lab.messages.size).toBeGreaterThan(((nth + 0.5) * people) / (kills + 1));
    await soon(async () => (await countBy('committing')).size).toBe(3);
    process.kill(worker.pid ?? 0, 'SIGKILL');
    const atKill = lab.messages.size;
    await soon(() => lab.messages.size).toBeGreaterThan(atKill + 3);
    const now = await countBy('uncertain');
    for (const id of accountIds) expect((now.get(id) ?? 0) - (before.get(id) ?? 0)).toBeLessThanOrEqual(1);
    before = now;
  }
  await soon(async () => {
    const { planned = 0, claimed = 0, committing = 0 } = await lanes.states(campaign);
    return planned + claimed + committing;
  }).toBe(0);
  const { sent = 0, uncertain = 0 } = await lanes.states(campaign);
  expect(sent + uncertain).toBe(people);
  expect(uncertain).toBeGreaterThan(0);
  for (const [, n] of await countBy('uncertain')) expect(n).toBeLessThanOrEqual(kills);
  expect(countSends(lab).duplicates).toBe(0);
  // What nobody knew is settled by what Meta tells.
  await expect.poll(() => countSends(lab).byStatus.delivered).toBe(lab.messages.size);
  await lanes.takeWebhooks();
  await soon(async () => (await lanes.states(campaign)).delivered).toBe(lab.messages.size);
}, 120_000);
