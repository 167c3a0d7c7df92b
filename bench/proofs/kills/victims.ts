import pg from 'pg';
import { findBrowsersOf, signalTree } from '#browser-profiles/process-table.ts';
import { profileRoot, userDataOf } from '#browser-profiles/profile-folder.ts';
import type { EmbeddedPostgres } from '#sql/embedded.ts';
import type { Stood } from './gather.ts';
import type { Host, Stage } from './stage.ts';

/** What is killed on one host, and what needs a second one: a host that is gone with its disk, and one that is stopped and woken. */
export const localVictims = ['worker', 'browser', 'postgres'] as const;
export const remoteVictims = ['host', 'pause'] as const;
export type LocalVictim = (typeof localVictims)[number];
export type RemoteVictim = (typeof remoteVictims)[number];
export type Victim = LocalVictim | RemoteVictim;

export function killWorker(hit: readonly Stood[]): void {
  for (const pid of new Set(hit.map(({ standing }) => standing.at.pid))) process.kill(pid, 'SIGKILL');
}

export async function killBrowsers(stage: Stage, hit: readonly Stood[]): Promise<void> {
  for (const stood of hit) for (const pid of await browsersOf(stage, stood)) signalTree(pid, 'SIGKILL');
}

/** Whether the browser of each is there. */
export async function haveBrowsers(stage: Stage, hit: readonly Stood[]): Promise<boolean> {
  const found = await Promise.all(hit.map((stood) => browsersOf(stage, stood)));
  return found.every((pids) => pids.length > 0);
}

const browsersOf = (stage: Stage, { lane, standing }: Stood): Promise<number[]> => browsersOn(hostOf(stage, standing.at.pid), lane.accountId);

/** The processes of a profile's browser there. */
export const browsersOn = ({ dataDir }: Host, accountId: string): Promise<number[]> =>
  findBrowsersOf({ userData: userDataOf(profileRoot(dataDir, accountId)) });

export async function killPostgres({ postgres }: Stage, random: () => number): Promise<void> {
  const pid = await postgresVictim(postgres, random);
  if (pid) process.kill(pid, 'SIGKILL');
}

/** Half of the time, and while it still comes back, all of it; else one backend: then Postgres ends every other connection by itself. */
export const postgresVictim = async ({ pid, adminUrl }: EmbeddedPostgres, random: () => number): Promise<number | undefined> =>
  random() < 0.5 ? pid : someBackend(adminUrl, random).catch(() => pid);

export function hostOf({ hosts }: Stage, pid: number): Host {
  const host = [...hosts].find(({ worker }) => worker.pid === pid);
  if (!host) throw new Error(`no host runs as process ${pid}`);
  return host;
}

async function someBackend(url: string, random: () => number): Promise<number | undefined> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() order by pid`,
  );
  await client.end();
  return rows[Math.floor(random() * rows.length)]?.pid;
}
