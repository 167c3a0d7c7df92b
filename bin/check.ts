import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { checkDeadCode } from '#bin/checks/dead-code.ts';
import { checkFeatures } from '#bin/checks/features.ts';
import { checkGenerated } from '#bin/checks/generated.ts';
import { checkLint } from '#bin/checks/lint.ts';
import { checkLockfile } from '#bin/checks/lockfile.ts';
import type { Check, Outcome } from '#bin/checks/outcome.ts';
import { checkPlanted } from '#bin/checks/planted.ts';
import { checkTemplates, checkTypes } from '#bin/checks/types.ts';

/** `npm run check`: everything that can be said about the code without running it. */
const root = fileURLToPath(new URL('..', import.meta.url));
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());

/** The slow ones first; two at a time, as most machines that run this have two cores. */
const lanes: Check[][] = [
  [checkTemplates, checkGenerated, checkPlanted, checkFeatures, checkLockfile],
  [checkTypes, checkDeadCode, checkLint],
];

async function runLane(checks: Check[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const check of checks) {
    const outcome = await check(root, interrupted.signal);
    for (const problem of outcome.problems) console.error(`${outcome.name}: ${problem}`);
    outcomes.push(outcome);
  }
  return outcomes;
}

await mkdir(`${root}/.cache`, { recursive: true });
const outcomes = (await Promise.all(lanes.map(runLane))).flat();
const failed = outcomes.filter(({ problems }) => problems.length > 0);
console.log(outcomes.map(({ name, summary }) => `${name} ${summary}`).join(' · '));
if (failed.length > 0) {
  console.error(`check failed: ${failed.map(({ name, problems }) => `${name} (${problems.length})`).join(', ')}`);
  process.exitCode = 1;
}
