import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export type NamedTest = { file: string; name: string };
/** `not_run`: its file has no such test, or nothing came so far. */
export type Result = 'passed' | 'failed' | 'not_run';
export type Results = (test: NamedTest) => Result;

const VitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), title: z.string(), status: z.string() })),
    }),
  ),
});

/** A test's name with the places that vitest fills in: `%s`, `$title`, and `${kind}` of a template. */
export function patternOf(name: string): string {
  const parts = name.split(/\$\{[^}]*\}|\$\w+|%[sdij]/);
  return parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*');
}

/** Runs only these tests of a source tree, and says of each how it went. Those of e2e/ run with the whole of their file: they build on one another. */
export async function runNamedTests(root: string, tests: NamedTest[], signal: AbortSignal): Promise<Results> {
  const specs = tests.filter(({ file }) => file.startsWith('e2e/'));
  const others = tests.filter(({ file }) => !file.startsWith('e2e/'));
  const ofOthers = others.length > 0 ? await runVitest(root, others, signal) : () => 'not_run' as const;
  const ofSpecs = specs.length > 0 ? await runPlaywright(root, specs, signal) : () => 'not_run' as const;
  return (test) => (test.file.startsWith('e2e/') ? ofSpecs(test) : ofOthers(test));
}

async function runVitest(root: string, tests: NamedTest[], signal: AbortSignal): Promise<Results> {
  const files = [...new Set(tests.map(({ file }) => file))];
  const names = [...new Set(tests.map(({ name }) => `(?:^|\\s)${patternOf(name)}$`))].join('|');
  const report = join(root, '.cache/named.json');
  await rm(report, { force: true });
  await runTool(root, ['vitest/vitest.mjs', 'run', ...files, '-t', names, '--reporter=json', `--outputFile=${report}`], signal);
  const { testResults } = VitestReport.parse(JSON.parse(await readFile(report, 'utf8')));
  return ({ file, name }) => {
    const ofFile = testResults.find((one) => one.name === join(root, file));
    const isMeant = new RegExp(`^${patternOf(name)}$`);
    const states = ofFile?.assertionResults.filter(({ title }) => isMeant.test(title)).map(({ status }) => status) ?? [];
    if (states.includes('failed')) return 'failed';
    if (states.includes('passed')) return 'passed';
    // What fails in the preparation of a file leaves its tests unrun.
    return ofFile?.status === 'failed' ? 'failed' : 'not_run';
  };
}

type Suite = { specs?: { title: string; ok: boolean; tests: { results: { status: string }[] }[] }[]; suites?: Suite[] };

async function runPlaywright(root: string, tests: NamedTest[], signal: AbortSignal): Promise<Results> {
  const report = join(root, '.cache/playwright.json');
  await rm(report, { force: true });
  const files = [...new Set(tests.map(({ file }) => file))];
  // A click on what is not there would wait for the whole time of its spec.
  await runTool(root, ['@playwright/test/cli.js', 'test', ...files, '--timeout', '90000'], signal);
  const whole = JSON.parse(await readFile(report, 'utf8')) as Suite; // Playwright's own reporter wrote it.
  const specs = specsIn(whole);
  return ({ name }) => {
    const spec = specs.find(({ title }) => title === name);
    const states = spec?.tests.flatMap(({ results }) => results.map(({ status }) => status)) ?? [];
    if (states.includes('passed')) return 'passed';
    // After a failure the specs that build on it are skipped.
    return states.length > 0 ? 'failed' : 'not_run';
  };
}

function specsIn(suite: Suite): NonNullable<Suite['specs']> {
  return [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(specsIn)];
}

/** Node with a program of node_modules. Its words are of no interest, its report is. */
async function runTool(root: string, [program = '', ...args]: string[], signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: root,
    stdio: 'ignore',
    signal,
    killSignal: 'SIGTERM',
  });
  // An abort is an error of the child at once; its folder is in use until it has closed.
  child.on('error', () => undefined);
  await new Promise<void>((resolve) => child.once('close', () => resolve()));
  signal.throwIfAborted();
}
