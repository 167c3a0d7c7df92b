import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packFiles, unpackFiles } from './pack-files.ts';
import { listSessionFiles, refuseTooLarge } from './session-files.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'patchbay-pack-test-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}
const userData = () => join(root, 'from');

test('a session is its storages: no caches, no locks, no diaries, no links', async () => {
  for (const path of ['Default/Cookies', 'Default/Local Storage/leveldb/000003.log', 'Default/IndexedDB/x_0.leveldb/CURRENT', 'Local State'])
    await write(`from/${path}`, path);
  for (const path of ['Default/Cache/data_0', 'Default/Service Worker/ScriptCache/0', 'GrShaderCache/data_1', 'Default/IndexedDB/x_0.leveldb/LOG'])
    await write(`from/${path}`, path);
  await write('from/Default/WebStorage/1/CacheStorage/index.txt', 'cache');
  await symlink('host-1', join(userData(), 'SingletonLock'));
  await symlink('/etc', join(userData(), 'Default/File System'));
  const files = await listSessionFiles(userData());
  expect(files.map((file) => file.path)).toEqual([
    'Local State',
    'Default/Cookies',
    'Default/Local Storage/leveldb/000003.log',
    'Default/IndexedDB/x_0.leveldb/CURRENT',
  ]);
});

test('what was packed comes out as it was, also empty files and ones larger than a read', async () => {
  const large = Buffer.alloc(3_000_000, 'abcdefg');
  await write('from/Default/Cookies', large);
  await write('from/Default/IndexedDB/empty', '');
  await write('from/Default/IndexedDB/имя', 'Ünicode');
  await unpackFiles(packFiles(userData(), await listSessionFiles(userData())), join(root, 'into'));
  expect((await readFile(join(root, 'into/Default/Cookies'))).equals(large)).toBe(true);
  expect(await readFile(join(root, 'into/Default/IndexedDB/empty'), 'utf8')).toBe('');
  expect(await readFile(join(root, 'into/Default/IndexedDB/имя'), 'utf8')).toBe('Ünicode');
});

test('a stream that is cut short, is no pack, or leads outside is refused', async () => {
  await write('from/Default/Cookies', Buffer.alloc(50_000, 'x'));
  const whole = await buffer(packFiles(userData(), await listSessionFiles(userData())));
  const cut = whole.subarray(0, -8);
  await expect(unpackFiles(streamOf(cut), join(root, 'cut'))).rejects.toMatchObject({ code: 'broken' });
  await expect(unpackFiles(streamOf(Buffer.from('no pack')), join(root, 'none'))).rejects.toMatchObject({ code: 'broken' });
  await write('outside', 'secret');
  await mkdir(join(userData(), 'x'));
  const outside = packFiles(join(userData(), 'x'), [{ path: '../../outside', bytes: 6 }]);
  await expect(unpackFiles(outside, join(root, 'a/b'))).rejects.toMatchObject({ code: 'broken' });
  expect(existsSync(join(root, 'a'))).toBe(false);
});

async function* streamOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

test('a session beyond the cap is refused with the folders that fill it', () => {
  const megabytes = 1024 * 1024;
  const files = [
    { path: 'Default/IndexedDB/https_web.example_0.indexeddb.blob/1/a', bytes: 190 * megabytes },
    { path: 'Default/IndexedDB/https_web.example_0.indexeddb.blob/1/b', bytes: 20 * megabytes },
    { path: 'Default/Local Storage/leveldb/000003.log', bytes: 5 * megabytes },
  ];
  expect(() => refuseTooLarge(files, 215 * megabytes)).not.toThrow();
  expect(() => refuseTooLarge(files, 200 * megabytes)).toThrow(
    /takes 215\.0 MB and SNAPSHOT_MAX_MB allows 200\.0 MB.*https_web\.example_0\.indexeddb\.blob \(210\.0 MB\), Default\/Local Storage\/leveldb \(5\.0 MB\)/,
  );
});
