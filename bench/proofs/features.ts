import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FeatureRow, readFeatureRows } from '#bin/checks/features.ts';
import { seededRandom } from '#workers/testing/seeded.ts';
import { type Switch, switchesOf } from './feature-switches.ts';
import { type NamedTest, type Results, runNamedTests } from './named-tests.ts';
import type { ProofOptions } from './options.ts';
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
  const cases = sample(casesOf(rows), options).filter((one) => allTestsOf(one, options).length > 0);
  const held = new Set(cases.flatMap((one) => one.rows.map(({ id }) => id)));
  console.log(`${cases.length} things are switched off, one at a time; ${held.size} rows name them`);
  await using copy = await copySources(root);
  const problems = await withEverythingOn(copy, once(cases.flatMap((one) => allTestsOf(one, options))), stop.signal);
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

const isSpec = ({ file }: NamedTest) => file.startsWith('e2e/');
const needsBrowser = ({ file }: NamedTest) => file.includes('.browser.');
const same = (a: NamedTest) => (b: NamedTest) => a.file === b.file && a.name === b.name;
const once = (tests: NamedTest[]) => tests.filter((test, index) => tests.findIndex(same(test)) === index);

/** What a row can run for a switch: specs only where a screen is off, as each is a whole product; tests with a browser where there is no other. */
function testsOf(off: Switch, { tests }: FeatureRow, { isShare }: ProofOptions): NamedTest[] {
  if (off.is === 'screen') return tests.filter(isSpec);
  const others = tests.filter((test) => !isSpec(test) && !test.file.includes('.servers.'));
  const quick = others.filter((test) => !needsBrowser(test));
  return quick.length > 0 || isShare ? quick : others;
}

const allTestsOf = ({ off, rows }: Case, options: ProofOptions) => once(rows.flatMap((row) => testsOf(off, row, options)));

/** A test that fails beside the others gets a second chance alone: a busy machine is no proof. */
async function withEverythingOn(copy: SourceCopy, tests: NamedTest[], signal: AbortSignal): Promise<string[]> {
  const first = await runNamedTests(copy.root, tests, signal);
  const doubtful = tests.filter((test) => first(test) !== 'passed');
  const second: Results = doubtful.length > 0 ? await runNamedTests(copy.root, doubtful, signal) : first;
  const wrong = doubtful.filter((test) => second(test) !== 'passed');
  console.log(`with everything on: ${tests.length - wrong.length} of ${tests.length} tests pass`);
  return wrong.map((test) => `${test.file} › ${test.name}: ${second(test)} with everything on`);
}

async function judge(copy: SourceCopy, one: Case, options: ProofOptions, signal: AbortSignal): Promise<string[]> {
  const { off, rows } = one;
  const notices = await copy.without(off.edit, async () => {
    const quick = await runNamedTests(copy.root, allTestsOf(one, options), signal);
    const silent = rows.filter((row) => !testsOf(off, row, options).some((test) => quick(test) === 'failed'));
    const slow = off.is === 'screen' || options.isShare ? [] : once(silent.flatMap((row) => row.tests.filter(needsBrowser)));
    const last: Results = slow.length > 0 ? await runNamedTests(copy.root, slow, signal) : quick;
    return (row: FeatureRow) => row.tests.some((test) => quick(test) === 'failed' || last(test) === 'failed');
  });
  const unnoticed = rows.filter((row) => testsOf(off, row, options).length > 0 && !notices(row));
  const ids = (of: FeatureRow[]) => of.map(({ id }) => id).join(', ');
  console.log(`without ${off.is} ${off.name}: ${unnoticed.length === 0 ? `noticed (${ids(rows)})` : `NOT noticed by ${ids(unnoticed)}`}`);
  return unnoticed.map(({ id, line }) => `docs/features.md:${line} ${id}: its tests pass without the ${off.is} ${off.name}`);
}
