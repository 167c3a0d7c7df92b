import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome } from '#bin/checks/outcome.ts';
import { runTool } from '#bin/checks/run-tool.ts';

/** What `npm run generate` writes. */
const generated = ['sql/tables.ts', 'sql/schema.sql'];

/** Files that follow from the migrations must be what the migrations give. */
export async function checkGenerated(root: string, signal: AbortSignal): Promise<Outcome> {
  const { code, output, complaint } = await runTool(root, ['node', 'bin/generate.ts', '--check'], signal);
  const lines = await Promise.all(generated.map(async (name) => (await readFile(join(root, name), 'utf8')).split('\n').length));
  const said = `${output}\n${complaint}`.split('\n').filter((line) => line.trim() !== '');
  return {
    name: 'generated',
    problems: code === 0 ? [] : said,
    summary: `${generated.length} files, ${lines.reduce((sum, count) => sum + count, 0)} lines`,
  };
}
