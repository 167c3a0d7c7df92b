import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { endBrowsersOf, isRunning, startTicksOf } from './process-table.ts';
import { type ProfileFolder, profilesRoot, userDataOf } from './profile-folder.ts';

/** Who opened the browser of a profile. Written before the launch, so that a worker killed in the middle of it leaves a trace too. */
const BrowserRecord = z.object({
  worker: z.object({ pid: z.number(), startTicks: z.string().nullable(), bootId: z.string().nullable() }),
  temporary: z.string(),
  openedAt: z.iso.datetime(),
});

/** The file stands while a browser of the profile is open, or was when its worker was killed. */
export const recordOf = (root: string) => join(root, 'browser.json');
/** What an orphan gets to write its storage; it has lost its worker already and nobody waits for it. */
const orphanGraceMs = 5_000;

export async function writeRecord(folder: ProfileFolder): Promise<void> {
  const record: z.input<typeof BrowserRecord> = {
    worker: { pid: process.pid, startTicks: await startTicksOf(process.pid), bootId: await readBootId() },
    temporary: folder.temporary,
    openedAt: new Date().toISOString(),
  };
  const fresh = `${recordOf(folder.root)}.new`;
  await writeFile(fresh, JSON.stringify(record), { mode: 0o600 });
  await rename(fresh, recordOf(folder.root));
}

/** Called when the browser is gone: drops the record and the temporary folder. */
export async function removeRecord(root: string, temporary: string): Promise<void> {
  await rm(recordOf(root), { force: true });
  // The path comes from a file: only what prepareFolder makes is ever removed.
  const isOurs = dirname(temporary) === tmpdir() && basename(temporary).startsWith('patchbay-');
  if (isOurs) await rm(temporary, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Ends the browsers that a killed worker left below `dataDir`, and cleans up after them. Browsers of a worker that still lives are
 * left alone. Answers the profiles whose browser was still running. Call once at the start of a worker.
 */
export async function reapOrphans(dataDir: string): Promise<string[]> {
  const names = await readdir(profilesRoot(dataDir)).catch(() => []);
  const reaped = await Promise.all(names.map((name) => reapProfile(join(profilesRoot(dataDir), name))));
  return names.filter((_name, index) => reaped[index]);
}

/** The same for one profile; whether a browser was still running. */
export async function reapProfile(root: string): Promise<boolean> {
  const text = await readFile(recordOf(root), 'utf8').catch(() => null);
  if (text === null) return false;
  const record = readRecord(text);
  if (record && (await isWorkerAlive(record.worker))) return false;
  const ended = await endBrowsersOf({ userData: userDataOf(root) }, orphanGraceMs);
  await removeRecord(root, record?.temporary ?? '');
  return ended.length > 0;
}

/** A file cut short by the kill says nothing about its worker; its browser, if any, is nobody's. */
function readRecord(text: string): z.output<typeof BrowserRecord> | null {
  try {
    return BrowserRecord.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function isWorkerAlive(worker: z.output<typeof BrowserRecord>['worker']): Promise<boolean> {
  if (worker.bootId !== (await readBootId()) || !isRunning(worker.pid)) return false;
  return worker.startTicks === (await startTicksOf(worker.pid));
}

async function readBootId(): Promise<string | null> {
  const id = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null);
  return id?.trim() ?? null;
}
