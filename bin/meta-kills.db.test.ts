import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countSends } from '#lab/graph/control.ts';
import { type MetaLanes, openMetaLanes } from '#workers/testing/meta-lanes.ts';
import { readStartConfig } from './start-config.ts';
import { WorkerChild } from './worker-child.ts';

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

test('a worker that is killed while it sends through Graph leaves at most one message uncertain, and nobody gets one twice', async () => {
  const { lab, url } = lanes.site;
  const { appId, appSecret } = lab.settings;
  lab.settings.latencyMs = 60;
  const template = { name: 'ready', language: 'en_US', body: ['{{name}}'], buttons: [] };
  const campaign = await lanes.startCampaign(20, 'Hello {{name}}', { template });
  const { PATH, HOME } = readStartConfig().env;
  await using worker = new WorkerChild({ PATH, HOME }, () => undefined);
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
  await soon(() => lab.messages.size).toBeGreaterThanOrEqual(8);
  process.kill(worker.pid ?? 0, 'SIGKILL');
  await soon(async () => (await lanes.states(campaign)).planned ?? 0).toBe(0);
  await soon(async () => {
    const { claimed = 0, committing = 0 } = await lanes.states(campaign);
    return claimed + committing;
  }).toBe(0);
  const { sent = 0, uncertain = 0 } = await lanes.states(campaign);
  expect(sent + uncertain).toBe(20);
  expect(uncertain).toBeLessThanOrEqual(1);
  expect(countSends(lab).duplicates).toBe(0);
  // What nobody knew is settled by what Meta tells.
  await expect.poll(() => countSends(lab).byStatus.delivered).toBe(lab.messages.size);
  await lanes.takeWebhooks();
  await soon(async () => (await lanes.states(campaign)).delivered).toBe(lab.messages.size);
}, 120_000);
