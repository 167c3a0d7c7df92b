import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Edit } from './feature-switches.ts';

/**
 * The sources of this working tree in a folder of their own, with our node_modules. Something is taken out there and nowhere else: what can be
 * switched off in a test only must not be a switch of the product.
 */
export type SourceCopy = AsyncDisposable & {
  root: string;
  /** Makes the edit, works, and takes the edit back. Throws where the edit finds nothing to change, or leaves no TypeScript behind. */
  without<T>(edit: Edit, work: () => Promise<T>): Promise<T>;
};

export async function copySources(from: string): Promise<SourceCopy> {
  const root = await mkdtemp(join(tmpdir(), 'patchbay-features-'));
  await using made = new AsyncDisposableStack();
  made.defer(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));
  const { stdout } = await promisify(execFile)('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: from,
    maxBuffer: 2 ** 24,
  });
  for (const file of stdout.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    // Git still lists what was deleted a moment ago.
    await cp(join(from, file), join(root, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await symlink(join(from, 'node_modules'), join(root, 'node_modules'));
  await mkdir(join(root, '.cache'), { recursive: true });
  const owned = made.move();
  return { root, without: (edit, work) => without(root, edit, work), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function without<T>(root: string, { file, from, to }: Edit, work: () => Promise<T>): Promise<T> {
  const path = join(root, file);
  const before = await readFile(path, 'utf8');
  const after = before.replace(from, () => to);
  if (before.split(from).length !== 2) throw new Error(`${file} does not hold this once, so nothing can be switched off there: ${from.trim()}`);
  stripTypeScriptTypes(after);
  await writeFile(path, after);
  try {
    return await work();
  } finally {
    await writeFile(path, before);
  }
}
