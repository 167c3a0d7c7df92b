import { readFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { z } from 'zod';
import type { Outcome } from '#bin/checks/outcome.ts';
import { runTool } from '#bin/checks/run-tool.ts';
import { sourceFiles } from '#bin/checks/source-files.ts';

/** Everything but the dashboard. */
export async function checkTypes(root: string, signal: AbortSignal): Promise<Outcome> {
  const ours = (await sourceFiles(root, ['ts'])).filter((path) => !path.startsWith('ui/'));
  return await compile(root, { name: 'tsc', project: 'tsconfig.json', ours }, signal);
}

/** The dashboard, with the types inside its templates. */
export async function checkTemplates(root: string, signal: AbortSignal): Promise<Outcome> {
  const ours = (await sourceFiles(root, ['ts', 'vue'])).filter((path) => path.startsWith('ui/'));
  return await compile(root, { name: 'vue-tsc', project: 'ui/tsconfig.json', ours }, signal);
}

type Compilation = { name: 'tsc' | 'vue-tsc'; project: string; ours: string[] };

async function compile(root: string, { name, project, ours }: Compilation, signal: AbortSignal): Promise<Outcome> {
  const remembered = ['--incremental', '--tsBuildInfoFile', join(root, `.cache/${name}.json`)];
  const { output } = await runTool(root, [name, '-p', project, '--noEmit', '--pretty', 'false', '--listFiles', ...remembered], signal);
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const isListed = (line: string) => isAbsolute(line.trim());
  const read = new Set(lines.filter(isListed).map((line) => relative(root, line.trim())));
  const blind = ours.filter((path) => !read.has(path));
  const problems = [
    ...lines.filter((line) => !isListed(line)),
    ...blind.map((path) => `${path} is not read by ${name}: see "include" in ${project}`),
  ];
  const files = [...read].filter((path) => !path.includes('node_modules')).length;
  return { name, problems, summary: `${files} files, ${await countFlags(root)} flags` };
}

async function countFlags(root: string): Promise<number> {
  const Options = z.object({ compilerOptions: z.record(z.string(), z.unknown()) });
  const { compilerOptions } = Options.parse(JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8')));
  return Object.values(compilerOptions).filter((value) => value === true).length;
}
