import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Platform, PlatformEvent } from '#core/platform-event.ts';
import { parseWebhook, readBody } from './parse-webhook.ts';
import { wrongedBy } from './testing/mutations.ts';

/** Bodies of other projects' tests, with what each should become. They lie beside the clone, and the test fails where they do not. */
const folder = new URL('../../../shared/fixtures/meta/', import.meta.url);
const read = (path: string) => readFileSync(fileURLToPath(new URL(path, folder)), 'utf8');
const Index = z.object({
  cases: z.array(
    z.object({
      file: z.string(),
      platform: Platform,
      expected: z.object({ events: z.array(z.record(z.string(), z.unknown())) }),
    }),
  ),
});
const { cases } = Index.parse(JSON.parse(read('index.json')));

test('there are bodies to look at', () => {
  expect(cases.length).toBeGreaterThan(0);
});

test.each(cases)('$file becomes the expected events', ({ file, platform, expected }) => {
  const { events } = parseWebhook(readBody(read(file)), platform);
  expect(events.map((event) => event.kind)).toEqual(expected.events.map((event) => event.kind));
  expect(events).toMatchObject(expected.events.map(inOurWords));
  for (const event of events) expect(PlatformEvent.parse(event)).toEqual(event);
});

/** Their keys are written with underscores. What a person typed into a form keeps its own. */
function inOurWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOurWords);
  if (typeof value !== 'object' || value === null) return value;
  const camel = (key: string) => key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [camel(key), key === 'form' ? one : inOurWords(one)]));
}

test('each field of each body may be missing or of another type: nothing is thrown, and no sibling is lost', () => {
  const wronged = cases.map(({ file, platform }) => wrongedBy(readBody(read(file)), platform));
  expect(wronged.flatMap(({ problems }) => problems)).toEqual([]);
});
