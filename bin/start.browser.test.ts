import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { type Client, createClient } from '#core/api/client.ts';
import { anna, type LabUnderTest, openLab } from '#lab/whatsapp/testing/linked-browser.ts';
import { readStartConfig } from './start-config.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Two cold starts with browsers, on a machine that has other things to do. */
const timeout = 300_000;

let lab: LabUnderTest;
let dataDir: string;
const started: ChildProcess[] = [];
beforeEach(async () => {
  lab = await openLab();
  dataDir = await mkdtemp(join(tmpdir(), 'patchbay start '));
});
afterEach(async () => {
  for (const child of started.splice(0)) killGroup(child);
  await soon(async () => expect(await processesOf(dataDir)).toEqual([]));
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  await lab.close();
});

test('kill -9 of the whole group is put right by the next npm start, and nothing is left behind', { timeout }, async () => {
  const first = await npmStart();
  const { accessToken } = await clientAt(first.url).register({ body: { email: 'ann@example.test', password: 'twelve letters' } });
  const id = await addPairedProfile(clientAt(first.url, accessToken));
  const before = await processesOf(dataDir);
  expect(before.map(({ what }) => what)).toEqual(expect.arrayContaining(['postgres', 'chromium']));
  killGroup(first.child);

  // At once: what the killed one started may still be ending.
  const second = await npmStart();
  const client = clientAt(second.url, accessToken);
  await soon(async () =>
    expect(await client.readProfile({ params: { id } })).toMatchObject({ wanted: 'running', state: 'ready', identity: `+${anna}` }),
  );
  // What the row says may still be what the killed worker wrote: its browser is there, and nothing of the one before.
  await soon(async () => {
    const after = await processesOf(dataDir);
    expect(after.filter(({ key }) => before.some((old) => old.key === key))).toEqual([]);
    const main = after.filter(({ isMain }) => isMain).map(({ what }) => what);
    expect(main.toSorted()).toEqual(['chromium', 'postgres']);
  });

  // And without a next start nothing stays either.
  killGroup(second.child);
  await soon(async () => expect(await processesOf(dataDir)).toEqual([]));
});

test('npm start says which browser it uses and where it is ready, and nothing else that a second start does not need', { timeout }, async () => {
  await stopped(await npmStart());
  const again = await npmStart();
  expect(again.said.filter((line) => line !== '' && !line.startsWith('>'))).toEqual([
    expect.stringMatching(/^Browser: \/.+ \(.+\)$/),
    `Patchbay is ready at ${again.url}`,
  ]);
  await stopped(again);
});

type Started = { child: ChildProcess; url: string; said: string[]; ended: Promise<void> };

/** Resolves with the ready line. The group is its own, as a shell would make it. */
async function npmStart(): Promise<Started> {
  const { PATH, HOME } = readStartConfig().env;
  const env = { PATH, HOME, BROWSER_PATH: inject('browserPath') ?? '', DATA_DIR: dataDir, PORT: '0', WORKER_SLOTS: '2' };
  const child = spawn('npm', ['start'], { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout });
  // Its output ends when the last process of the group does.
  const ended = new Promise<void>((resolve) => lines.once('close', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      said.push(line);
      const ready = /^Patchbay is ready at (\S+)$/.exec(line)?.[1];
      if (ready) resolve(ready);
    });
    void ended.then(() => reject(new Error(`npm start ended: ${said.join('\n')}`)));
  });
  return { child, url, said, ended };
}

async function stopped({ child, ended }: Started): Promise<void> {
  if (child.pid) process.kill(-child.pid, 'SIGTERM');
  await ended;
  expect(await processesOf(dataDir)).toEqual([]);
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The whole group is gone already.
  }
}

function clientAt(url: string, token?: string): Client {
  const authorization: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  return createClient(url, ({ url: where, headers, ...init }) => fetch(where, { ...init, headers: { ...headers, ...authorization } }));
}

async function addPairedProfile(client: Client): Promise<string> {
  const { id } = await client.addProfile({ body: { name: 'Shop', channel: 'whatsapp-web', baseUrl: lab.url } });
  await client.startProfile({ params: { id } });
  await soon(async () => expect((await client.readProfile({ params: { id } })).state).toBe('needs_qr'));
  await soon(async () => {
    const { qr } = await client.loginByQr({ params: { id } });
    expect(qr).not.toBeNull();
    await lab.post('/scan', { ref: qr, number: anna });
  });
  await soon(async () => expect((await client.readProfile({ params: { id } })).state).toBe('ready'));
  return id;
}

type Process = { key: string; what: 'postgres' | 'chromium' | 'other'; isMain: boolean };

/** Every living process that names the data directory, with everything that such a one has started. `key` outlives the reuse of a number. */
async function processesOf(folder: string): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = (await Promise.all(pids.map(readProcess))).filter((one) => one !== null);
  const named = new Set(all.filter(({ words }) => words.includes(folder)).map(({ pid }) => pid));
  const isOurs = ({ pid, parent }: { pid: string; parent: string }) => named.has(pid) || named.has(parent);
  return all.filter(isOurs).map(({ pid, startedAt, words }) => {
    const what = whatIs(words);
    const isMain = named.has(pid) && !words.includes('--type=') && what !== 'other';
    return { key: `${pid} ${startedAt}`, what, isMain };
  });
}

function whatIs(words: string): Process['what'] {
  if (words.includes('--user-data-dir=')) return 'chromium';
  return words.includes('postgres') ? 'postgres' : 'other';
}

/** One that ends while it is looked at, or that nobody has waited for, is gone. */
async function readProcess(pid: string): Promise<{ pid: string; parent: string; startedAt: string; words: string } | null> {
  const [stat, words] = await Promise.all(['stat', 'cmdline'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')));
  // Fields of proc(5) behind the name, which may hold spaces: state, parent, and the start as the 20th.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  if (!words || fields[0] === 'Z' || fields[0] === undefined) return null;
  return { pid, parent: fields[1] ?? '', startedAt: fields[19] ?? '', words };
}

const soon = (look: () => Promise<void>) =>
  expect
    .poll(
      async () =>
        look().then(
          () => null,
          (error: Error) => error.message,
        ),
      { timeout: 90_000, interval: 200 },
    )
    .toBeNull();
