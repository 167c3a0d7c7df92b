import { z } from 'zod';
import type { Outcome } from '#bin/checks/outcome.ts';
import { runTool } from '#bin/checks/run-tool.ts';
import { sourceFiles } from '#bin/checks/source-files.ts';

/** The part of Biome's JSON report that is read here. */
const Report = z.object({
  summary: z.object({ changed: z.number(), unchanged: z.number() }),
  diagnostics: z.array(
    z.object({
      category: z.string(),
      severity: z.string(),
      message: z.string(),
      location: z.object({ path: z.string().nullish(), start: z.object({ line: z.number() }).nullish() }).nullish(),
    }),
  ),
});
export type Diagnostic = { path: string; line: number; category: string; severity: string; message: string };

/** Biome's findings in a folder that holds a biome.json, and how many files it read. */
export async function lintFolder(root: string, folder: string, signal: AbortSignal): Promise<{ diagnostics: Diagnostic[]; files: number }> {
  const words = ['biome', 'check', '--reporter=json', '--max-diagnostics=none', '--colors=off', '.'] as const;
  const { output, complaint } = await runTool(root, words, signal, folder);
  if (!output.startsWith('{')) throw new Error(`Biome gave no report: ${complaint}`);
  const report = Report.parse(JSON.parse(output));
  const diagnostics = report.diagnostics.map(({ category, severity, message, location }) => ({
    path: location?.path ?? '',
    line: location?.start?.line ?? 0,
    category: category.replace(/^lint\//, ''),
    severity,
    message,
  }));
  return { diagnostics, files: report.summary.changed + report.summary.unchanged };
}

/** Format, import order and lint rules. Warnings count; hints do not. */
export async function checkLint(root: string, signal: AbortSignal): Promise<Outcome> {
  const [{ diagnostics, files }, rules, ours] = await Promise.all([
    lintFolder(root, root, signal),
    countRules(root, signal),
    sourceFiles(root, ['ts', 'vue']),
  ]);
  const problems = diagnostics
    .filter(({ severity }) => severity === 'error' || severity === 'warning' || severity === 'fatal')
    .map(({ path, line, category, message }) => `${path}:${line} ${category} ${message}`);
  if (files < ours.length) problems.push(`Biome read ${files} files, but there are ${ours.length}.`);
  return { name: 'biome', problems, summary: `${files} files, ${rules} rules` };
}

async function countRules(root: string, signal: AbortSignal): Promise<number> {
  const { output } = await runTool(root, ['biome', 'rage', '--linter'], signal);
  const list = output.split('Enabled rules:')[1] ?? '';
  return list.match(/^\s+\w+\/\w+$/gm)?.length ?? 0;
}
