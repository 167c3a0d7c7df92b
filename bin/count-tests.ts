import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/**
 * The closing line of .ci/run: `N passed, N failed`, from the reports of Vitest and Playwright. The argument is the number of steps that
 * failed; when no test did, each of these counts as one failure, so that a broken check can never end in `0 failed`.
 */
const root = new URL('../.cache/', import.meta.url);

type Count = { passed: number; failed: number };

const VitestReport = z.object({ numPassedTests: z.number(), numFailedTests: z.number(), numFailedTestSuites: z.number() });
const PlaywrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number() }),
  errors: z.array(z.unknown()),
});

async function readReport<T>(name: string, schema: z.ZodType<T>, count: (report: T) => Count): Promise<Count> {
  const text = await readFile(new URL(name, root), 'utf8').catch(() => null);
  if (text === null) {
    console.log(`${name} was not written: that run did not come to its tests`);
    return { passed: 0, failed: 0 };
  }
  return count(schema.parse(JSON.parse(text)));
}

/** A file that cannot be loaded has no failed test, only a failed suite. */
function ofVitest({ numPassedTests, numFailedTests, numFailedTestSuites }: z.output<typeof VitestReport>): Count {
  return { passed: numPassedTests, failed: Math.max(numFailedTests, numFailedTestSuites > 0 ? 1 : 0) };
}

/** A test that passed only on a second try is a failure: we never try twice. */
function ofPlaywright({ stats, errors }: z.output<typeof PlaywrightReport>): Count {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length };
}

const counts = [
  await readReport('vitest.json', VitestReport, ofVitest),
  await readReport('vitest-browser.json', VitestReport, ofVitest),
  await readReport('playwright.json', PlaywrightReport, ofPlaywright),
  await readReport('vitest-servers.json', VitestReport, ofVitest),
];
const failedSteps = Number(process.argv[2] ?? 0);
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = Math.max(
  counts.reduce((sum, count) => sum + count.failed, 0),
  failedSteps,
);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
