import { z } from 'zod';
import type { Outcome } from '#bin/checks/outcome.ts';
import { runTool } from '#bin/checks/run-tool.ts';
import { sourceFiles } from '#bin/checks/source-files.ts';

const Counts = z.object({ files: z.number(), rules: z.number() });

/** Files, exports and dependencies that nothing uses. */
export async function checkDeadCode(root: string, signal: AbortSignal): Promise<Outcome> {
  const [{ code, output, complaint }, ours] = await Promise.all([
    runTool(root, ['knip', '--no-progress', '--reporter', 'compact', '--reporter', './bin/checks/knip-counts.ts'], signal),
    sourceFiles(root, ['ts', 'vue']),
  ]);
  const lines = `${output}\n${complaint}`.split('\n').filter((line) => line.trim() !== '');
  const counted = lines.findLast((line) => line.startsWith('{"files"'));
  if (!counted) return { name: 'knip', problems: lines, summary: 'no counts' };
  const { files, rules } = Counts.parse(JSON.parse(counted));
  const problems = code === 0 ? [] : lines.filter((line) => line !== counted);
  if (files < ours.length) problems.push(`knip read ${files} files, but there are ${ours.length}.`);
  return { name: 'knip', problems, summary: `${files} files, ${rules} kinds` };
}
