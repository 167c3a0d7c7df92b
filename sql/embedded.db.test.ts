import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startEmbeddedPostgres } from './embedded.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay embedded '));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  // A killed server ends the connection; the query's own error says so.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

async function processesOn(dataDir: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map(async (pid) => ({ pid, words: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') })));
  return lines.filter(({ words }) => words.split('\0').includes(join(dataDir, 'cluster'))).map(({ pid }) => Number(pid));
}

/** Another process that owns a Postgres, as `npm start` does, in a process group of its own. */
async function startOwner(dataDir: string) {
  const script = fileURLToPath(new URL('./testing/own-postgres.ts', import.meta.url));
  const owner = spawn(process.execPath, [script, dataDir], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(owner.stdout), 'line');
  const said: { pid: number; url: string } = JSON.parse(line);
  return { owner, ...said };
}

test('a new directory gets a cluster that only its password opens, and no unix socket', async () => {
  await using postgres = await startEmbeddedPostgres({ dataDir: folder, durability: 'test' });
  expect(
    await ask(postgres.adminUrl, `select current_setting('server_version_num')::int / 10000, current_setting('unix_socket_directories')`),
  ).toEqual([18, '']);
  expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600);
  await expect(ask(postgres.adminUrl.replace(/:\w+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password authentication failed/);
});

test('a second start keeps rows, port and password', async () => {
  const first = await startEmbeddedPostgres({ dataDir: folder, durability: 'test' });
  await ask(first.adminUrl, 'create table kept as select 7 as n');
  await first.stop();
  await using second = await startEmbeddedPostgres({ dataDir: folder, durability: 'test' });
  expect(second.adminUrl).toBe(first.adminUrl);
  expect(await ask(second.adminUrl, 'select n from kept')).toEqual([7]);
});

test('stopping leaves no process and no mark behind', async () => {
  const postgres = await startEmbeddedPostgres({ dataDir: folder, durability: 'test' });
  await postgres.stop();
  expect(await processesOn(folder)).toEqual([]);
  expect(await readdir(folder)).not.toContain('owner');
});

test('a Postgres that is killed comes back on the same address with its rows', async () => {
  await using postgres = await startEmbeddedPostgres({ dataDir: folder, durability: 'safe' });
  await ask(postgres.adminUrl, 'create table kept as select 7 as n');
  const killed = postgres.pid ?? 0;
  process.kill(killed, 'SIGKILL');
  await vi.waitFor(async () => expect(await ask(postgres.adminUrl, 'select n from kept')).toEqual([7]), { timeout: 20_000, interval: 50 });
  expect(postgres.pid).not.toBe(killed);
});

test('kill -9 of the owner alone ends its Postgres, and the next start has the rows', async () => {
  const { owner, url } = await startOwner(folder);
  await ask(url, 'create table kept as select 7 as n');
  owner.kill('SIGKILL');
  await vi.waitFor(async () => expect(await processesOn(folder)).toEqual([]), { timeout: 10_000, interval: 20 });
  await using next = await startEmbeddedPostgres({ dataDir: folder });
  expect(await ask(next.adminUrl, 'select n from kept')).toEqual([7]);
});

test('kill -9 of the owner and its whole group, then a start at once, recovers', async () => {
  const { owner } = await startOwner(folder);
  process.kill(-(owner.pid ?? 0), 'SIGKILL');
  await using next = await startEmbeddedPostgres({ dataDir: folder });
  expect(await processesOn(folder)).toContain(next.pid);
});

test('an orphan whose watchdog died too is stopped by the next start', async () => {
  const { owner, pid } = await startOwner(folder);
  for (const watchdog of await watchdogsOf(pid)) process.kill(watchdog, 'SIGKILL');
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  expect(await processesOn(folder)).toContain(pid);
  const said: string[] = [];
  await using next = await startEmbeddedPostgres({ dataDir: folder, log: (line) => said.push(line) });
  expect(said.join()).toContain(`process ${pid}`);
  expect(next.pid).not.toBe(pid);
});

async function watchdogsOf(pid: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map(async (id) => ({ id, words: await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '') })));
  return lines.filter(({ words }) => words.startsWith('sh\0-c\0read') && words.split('\0').includes(String(pid))).map(({ id }) => Number(id));
}

test('a directory that a living process owns is refused', async () => {
  await using first = await startEmbeddedPostgres({ dataDir: folder, durability: 'test' });
  await expect(startEmbeddedPostgres({ dataDir: folder })).rejects.toMatchObject({ code: 'in_use' });
  expect(await ask(first.adminUrl, 'select 1')).toEqual([1]);
});

test('a port that is named and taken fails instead of moving elsewhere', async () => {
  await using first = await startEmbeddedPostgres({ dataDir: join(folder, 'first'), durability: 'test' });
  const second = startEmbeddedPostgres({ dataDir: join(folder, 'second'), durability: 'test', port: first.port });
  await expect(second).rejects.toMatchObject({ code: 'config_invalid' });
});

test('a cluster half made when the machine went down is made again', async () => {
  await mkdir(join(folder, 'cluster.new'), { recursive: true });
  await using postgres = await startEmbeddedPostgres({ dataDir: folder, durability: 'test' });
  expect(await ask(postgres.adminUrl, 'select 1')).toEqual([1]);
});

// As a normal user the directory is one's own, so this shows less there; as root it needs the way past the directory.
test('it runs under a directory that only its owner may enter', async () => {
  await chmod(folder, 0o700);
  const dataDir = join(folder, 'deeper', 'data dir');
  await mkdir(dataDir, { recursive: true });
  await using postgres = await startEmbeddedPostgres({ dataDir, durability: 'test' });
  const owner = (await stat(join(dataDir, 'cluster'))).uid;
  expect(owner).toBe(process.getuid?.() || 65534);
  expect(await ask(postgres.adminUrl, 'select 1')).toEqual([1]);
});
