import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '#core/failure.ts';

export type SessionFile = { path: string; bytes: number };

/**
 * What a session lives in, below the user data directory: cookies and the storages that a page writes. Everything else is made again by
 * Chromium or fetched again by the page: caches, service workers, component data, models, histories (measured: a session of a real messenger is
 * whole without them). `Local State` and `Preferences` hold what the browser itself remembers of the site.
 */
const kept = [
  'Local State',
  'Default/Preferences',
  'Default/Secure Preferences',
  'Default/Cookies',
  'Default/Cookies-journal',
  'Default/Network/Cookies',
  'Default/Network/Cookies-journal',
  'Default/Local Storage',
  'Default/IndexedDB',
  'Default/WebStorage',
  'Default/File System',
];
/** Diaries and locks of the databases: written anew at each opening. */
const skipped = new Set(['LOG', 'LOG.old', 'LOCK']);
/** Storage buckets keep a cache beside their databases. */
const isCache = (path: string) => /(^|\/)(CacheStorage|Cache|ScriptCache)(\/|$)/.test(path);

/** The files of a session with their sizes, in one order. Links (Chromium's locks) and caches are not among them. */
export async function listSessionFiles(userData: string): Promise<SessionFile[]> {
  const found: SessionFile[] = [];
  const add = async (path: string): Promise<void> => {
    const entry = await lstat(join(userData, path)).catch(() => null);
    if (!entry || isCache(path)) return;
    if (entry.isDirectory()) {
      for (const name of (await readdir(join(userData, path))).sort()) if (!skipped.has(name)) await add(`${path}/${name}`);
    } else if (entry.isFile()) found.push({ path, bytes: entry.size });
  };
  for (const path of kept) await add(path);
  return found;
}

/** Throws `too_large` with the largest folders when the files take more than `most` bytes. */
export function refuseTooLarge(files: readonly SessionFile[], most: number): void {
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  if (total <= most) return;
  const folders = new Map<string, number>();
  for (const { path, bytes } of files) {
    // One level below the kind of storage: there a folder names the site that fills it.
    const folder = path.split('/').slice(0, 3).join('/');
    folders.set(folder, (folders.get(folder) ?? 0) + bytes);
  }
  const largest = [...folders].toSorted(([, a], [, b]) => b - a).slice(0, 3);
  const named = largest.map(([folder, bytes]) => `${folder} (${inMegabytes(bytes)})`).join(', ');
  throw new Failure(
    'too_large',
    `The session takes ${inMegabytes(total)} and SNAPSHOT_MAX_MB allows ${inMegabytes(most)}: it stays readable on this machine, and no other one can go on with it. Raise SNAPSHOT_MAX_MB of the workers (2000 at most), or make room in the messenger. Largest: ${named}.`,
  );
}

const inMegabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
