import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readFeatureRows } from '#bin/checks/features.ts';
import { switchesOf } from './feature-switches.ts';

const read = (name: string) => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8');
const namesOf = (place: string, test = '`core/pace.test.ts › a person pauses`') =>
  readFeatureRows(`| S0-1 | what | ${place} | ${test} |`).flatMap((row) => switchesOf(row).map(({ is, name }) => `${is} ${name}`));

test('a path is every entry there, a verb before it that one alone', () => {
  expect(namesOf('Contacts; `/lists`')).toEqual(['route listLists', 'route addList', 'route readList', 'route changeList', 'route removeList']);
  expect(namesOf('`POST /lists`')).toEqual(['route addList']);
  expect(namesOf('`/campaigns/:id/{start,pause}`')).toEqual(['route startCampaign', 'route pauseCampaign']);
});

test('a path of another document is its alias, ours beside it', () => {
  expect(namesOf('`/broadcast/campaign`, ours `POST /campaigns`')).toEqual(['alias POST /broadcast/campaign', 'route addCampaign']);
});

test('a screen counts where a test goes through the dashboard', () => {
  expect(namesOf('Wall; the tiles')).toEqual([]);
  expect(namesOf('Wall; the tiles', '`e2e/dashboard.spec.ts › a tile`')).toEqual(['screen Wall']);
});

test('whatever the table names can be switched off: its place in the sources is there, once', () => {
  const edits = readFeatureRows(read('docs/features.md')).flatMap((row) => switchesOf(row).map(({ edit }) => edit));
  expect(edits.length).toBeGreaterThan(50);
  for (const { file, from } of edits) expect(read(file).split(from), `${file}: ${from}`).toHaveLength(2);
});
