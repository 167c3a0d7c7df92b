import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bareConfig } from '#bin/bare-config.ts';
import { signUp } from '#bin/demo/http-client.ts';
import { ownKey } from '#bin/own-key.ts';
import { provideBrowser } from '#bin/provide-browser.ts';
import { WorkerChild } from '#bin/worker-child.ts';
import type { Client } from '#core/api/client.ts';
import { freePort } from '#lab/free-port.ts';
import { asMeta } from '#lab/graph/as-meta.ts';
import { type Lab, startLab } from '#lab/start.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#sql/embedded.ts';
import { migrate } from '#sql/migrate.ts';
import { PointWatch } from './point-watch.ts';
import { pointsVariable } from './points-config.ts';

/** A worker with a data directory of its own. */
export type Host = { dataDir: string; worker: WorkerChild };
/** The product in parts that can be killed one by one, the stand-ins, and a watch over every send. */
export type Stage = {
  lab: Lab;
  /** Of the server, which keeps it when it is started again. */
  url: string;
  server: WorkerChild;
  client: Client;
  postgres: EmbeddedPostgres;
  watch: PointWatch;
  hosts: Set<Host>;
  startHost(): Promise<Host>;
  signal: AbortSignal;
};

const serverProgram = fileURLToPath(new URL('./server-child.ts', import.meta.url));
export const person = { email: 'proof@patchbay.test', password: 'proof-of-never-twice', name: 'Proof', workspace: 'Proof', zone: 'UTC' };
const ceilings = { perMinute: 10_000, perHour: 100_000, perDay: 1_000_000, newContactsPerDay: 10_000, perRecipientPerDay: 1000, warmUp: false };
const pace = { mode: 'compressed', speed: 200, gapSpeed: 100_000 } as const;

/** Runs `act` on a stage without a host yet, and takes everything down after it. `program` is what a host runs. */
export async function onStage<T>(program: string, signal: AbortSignal, act: (stage: Stage) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'patchbay-proof-'));
  try {
    await using parts = new AsyncDisposableStack();
    const lab = parts.use(await startLab());
    const watch = parts.use(new PointWatch());
    const pointsUrl = await watch.listen();
    const postgres = parts.use(await startEmbeddedPostgres({ dataDir: join(dir, 'postgres') }));
    await migrate(postgres.adminUrl);
    const port = await freePort();
    const own = { WORKER_SLOTS: '4', WORKER_CONCURRENCY: '6', SNAPSHOT_HOURS: '0.02', PORT: `${port}`, [pointsVariable]: pointsUrl };
    const { env } = bareConfig(dir, { ...own, ...asMeta(lab.graph) });
    const browser = await provideBrowser({ browserPath: env.BROWSER_PATH }, () => undefined, signal);
    const told = { ...env, DATABASE_URL: postgres.adminUrl, PATCHBAY_KEY: await ownKey(dir, () => undefined), BROWSER_PATH: browser.path };
    const server = parts.use(new WorkerChild(env, () => undefined, { program: serverProgram, mostPauseMs: 0 }));
    await server.start(told);
    const url = `http://127.0.0.1:${port}`;
    const hosts = new Set<Host>();
    parts.defer(async () => void (await Promise.all([...hosts].map(({ worker }) => worker.stop()))));
    let count = 0;
    const startHost = async () => {
      count += 1;
      const dataDir = join(dir, `host-${count}`);
      // Killed again and again on purpose: nothing is learned while it is left alone.
      const host = { dataDir, worker: new WorkerChild(env, () => undefined, { program, mostPauseMs: 0 }) };
      hosts.add(host);
      await host.worker.start({ ...told, DATA_DIR: dataDir });
      return host;
    };
    const client = await signUp(url, person);
    await client.changeWorkspace({ body: { settings: { quietHours: null, ceilings: { web: ceilings, email: ceilings }, pace } } });
    return await act({ lab, url, server, client, postgres, watch, hosts, startHost, signal });
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
