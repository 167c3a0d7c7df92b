import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FeatureRow, readFeatureRows } from '#bin/checks/features.ts';
import { type Switch, switchesOf } from './feature-switches.ts';
import { type NamedTest, type Results, runNamedTests } from './named-tests.ts';
import { type ProofOptions, seededRandom } from './options.ts';
import { copySources, type SourceCopy } from './source-copy.ts';

type Case = { off: Switch; rows: FeatureRow[] };

const root = fileURLToPath(new URL('../..', import.meta.url));
/** As many as fit into the two minutes of a share on two quiet cores: some 10 s each, and all of their tests once with everything on. */
const sharedCases = 7;

/**
 * Whether the tests that docs/features.md names would notice: in a copy of the sources each route, address and screen that a row names is taken
 * out, one at a time, and of the row's tests at least one has to fail. With everything in place all of them have to pass.
 */
export async function proveFeatures(options: ProofOptions): Promise<string[]> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('stopped')));
  const rows = readFeatureRows(await readFile(join(root, 'docs/features.md'), 'utf8'));
  const cases = sample(casesOf(rows), options).filter((one) => testsOf(one, options).length > 0);
  const held = new Set(cases.flatMap((one) => one.rows.map(({ id }) => id)));
  console.log(`${cases.length} things are switched off, one at a time; ${held.size} rows name them`);
  await using copy = await copySources(root);
  const problems = await withEverythingOn(copy, cases, options, stop.signal);
  for (const one of cases) problems.push(...(await judge(copy, one, options, stop.signal)));
  return problems;
}

/** Each switch with the rows that name it. */
function casesOf(rows: FeatureRow[]): Case[] {
  const cases = new Map<string, Case>();
  for (const row of rows.filter(({ tests }) => tests.length > 0)) {
    for (const off of switchesOf(row)) {
      const known = cases.get(`${off.is} ${off.name}`) ?? { off, rows: [] };
      cases.set(`${off.is} ${off.name}`, { off, rows: [...known.rows, row] });
    }
  }
  // What needs the whole product takes longest, so it comes last.
  return [...cases.values()].sort((a, b) => Number(a.off.is === 'screen') - Number(b.off.is === 'screen'));
}

/** A share takes what needs no browser, in an order that the seed decides. */
function sample(all: Case[], { isShare, seed, only }: ProofOptions): Case[] {
  const wanted = only ? all.filter(({ off, rows }) => off.name === only || rows.some(({ id }) => id === only)) : all;
  if (!isShare) return wanted;
  const random = seededRandom(seed);
  const drawn = wanted.filter(({ off }) => off.is !== 'screen').map((one) => ({ one, at: random() }));
  return drawn
    .sort((a, b) => a.at - b.at)
    .slice(0, sharedCases)
    .map(({ one }) => one);
}

/** What a case can run: specs of the dashboard only where a screen is off, as each of them is a whole product. */
function testsOf({ off, rows }: Case, { isShare }: ProofOptions): NamedTest[] {
  const tests = rows.flatMap((row) => row.tests);
  const isMeant = ({ file }: NamedTest) =>
    off.is === 'screen' ? file.startsWith('e2e/') : !file.startsWith('e2e/') && !(isShare && file.includes('.browser.'));
  const needsServers = ({ file }: NamedTest) => file.includes('.servers.');
  return [...new Map(tests.filter((test) => isMeant(test) && !needsServers(test)).map((test) => [`${test.file} ${test.name}`, test])).values()];
}

async function withEverythingOn(copy: SourceCopy, cases: Case[], options: ProofOptions, signal: AbortSignal): Promise<string[]> {
  const tests = cases.flatMap((one) => testsOf(one, options));
  const results = await runNamedTests(copy.root, tests, signal);
  const wrong = new Set(
    tests.filter((test) => results(test) !== 'passed').map((test) => `${test.file} › ${test.name}: ${results(test)} with everything on`),
  );
  console.log(`with everything on: ${wrong.size === 0 ? 'all pass' : `${wrong.size} do not pass`}`);
  return [...wrong];
}

async function judge(copy: SourceCopy, one: Case, options: ProofOptions, signal: AbortSignal): Promise<string[]> {
  const tests = testsOf(one, options);
  const results: Results = await copy.without(one.off.edit, () => runNamedTests(copy.root, tests, signal));
  const silent = one.rows.filter((row) => {
    const ran = row.tests.filter((test) => tests.some(({ file, name }) => file === test.file && name === test.name));
    return ran.length > 0 && !ran.some((test) => results(test) === 'failed');
  });
  console.log(
    `without ${one.off.is} ${one.off.name}: ${silent.length === 0 ? 'noticed' : 'NOT noticed'} (${one.rows.map(({ id }) => id).join(', ')})`,
  );
  return silent.map(({ id, line }) => `docs/features.md:${line} ${id}: its tests pass without the ${one.off.is} ${one.off.name}`);
}
