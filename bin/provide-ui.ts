import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'dist/ui');
const stamp = join(root, 'dist/ui.stamp');

/** What the dashboard is made of. A change in any of these makes the built one stale. */
const sources = ['ui', 'core', 'package-lock.json'];

/** Builds the dashboard into dist/ui when it is missing or older than its sources. An installation without Vite takes what is there. */
export async function provideUi(log: (line: string) => void): Promise<void> {
  if (existsSync(join(built, 'index.html'))) {
    const known = await readFile(stamp, 'utf8').catch(() => '');
    if (known === (await fingerprint()) || !isBuildable()) return;
  }
  await buildUi(log);
}

export async function buildUi(log: (line: string) => void): Promise<void> {
  const { build } = await import('vite');
  log('Building the dashboard ...');
  const print = await fingerprint();
  await build({ configFile: join(root, 'ui/vite.config.ts'), logLevel: 'warn' });
  await mkdir(join(root, 'dist'), { recursive: true });
  await writeFile(stamp, print);
}

function isBuildable(): boolean {
  return existsSync(join(root, 'node_modules/vite')) && existsSync(join(root, 'ui/vite.config.ts'));
}

/** Names, sizes and times of change: reading every file would cost a warm start more than it is worth. */
async function fingerprint(): Promise<string> {
  const listed = await Promise.all(sources.map((name) => filesIn(join(root, name))));
  const marks = await Promise.all(
    listed.flat().map(async (file) => {
      const { size, mtimeMs } = await stat(file);
      return `${file} ${size} ${mtimeMs}`;
    }),
  );
  return createHash('sha256').update(marks.sort().join('\n')).digest('hex');
}

async function filesIn(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
