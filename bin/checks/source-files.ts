import { glob } from 'node:fs/promises';

const notOurs = ['node_modules', 'dist', 'data', '.cache', '.git', 'test-results'];

/** Every file of ours with one of these endings, as paths from the root. A check that reads fewer than there are has lost its eyes. */
export async function sourceFiles(root: string, endings: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const path of glob(`**/*.{${endings.join(',')}}`, { cwd: root, exclude: (name) => notOurs.includes(String(name)) })) found.push(path);
  return found.sort();
}
