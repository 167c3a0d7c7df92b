import { expect, test } from 'vitest';
import { z } from 'zod';
import { contract } from './contract.ts';
import { changesOf, Name } from './fields.ts';

test('a change that names one field says nothing about the others', () => {
  const Fields = z.strictObject({ name: z.string(), proxyId: z.string().nullable().default(null), tags: z.array(z.string()).default([]) });
  expect(changesOf(Fields).parse({ name: 'new' })).toEqual({ name: 'new' });
  expect(changesOf(Fields).parse({ proxyId: null })).toEqual({ proxyId: null });
  expect(changesOf(Fields).safeParse({ colour: 'red' }).success).toBe(false);
});

test.each(Object.entries(contract).filter(([, one]) => one.method === 'PATCH' || one.method === 'PUT'))(
  '%s changes nothing by default',
  (_name, definition) => {
    const empty = definition.body?.safeParse({});
    expect(empty?.data ?? {}).toEqual({});
  },
);

test('a pace that sets one number leaves the others to the workspace and the defaults', () => {
  expect(contract.changeProfile.body?.parse({ pace: { keyMs: 90 } })).toEqual({ pace: { keyMs: 90 } });
  expect(contract.changeWorkspace.body?.parse({ settings: { pace: { keyMs: 90 } } })).toEqual({ settings: { pace: { keyMs: 90 } } });
});

const invisible = ['\u200b', '\u00a0\ufeff', '\u202e\u2066', '\u2060 \u00ad', '\u3164', '\u2800', ' \u200d\ufe0f\t'];
const named = Object.entries(contract).flatMap(([entry, { body }]) => {
  const shape: Record<string, z.ZodType> = body instanceof z.ZodObject ? body.shape : {};
  const fields = entry === 'register' ? ['name', 'workspace'] : ['name'];
  return fields.flatMap((field) => (shape[field] ? [{ entry, field, schema: shape[field] }] : []));
});

test('the entries that take names are found', () => {
  const entries = ['changeWorkspace', 'register', 'addPerson', 'addList', 'addTemplate', 'addCampaign', 'addProfile', 'changeProfile', 'addEntry'];
  expect(named.map(({ entry }) => entry)).toEqual(expect.arrayContaining(entries));
});

test.each(named)('$entry takes no $field of which nothing can be seen', ({ schema }) => {
  for (const name of invisible) expect(schema.safeParse(name).data ?? '').toBe('');
  expect(schema.parse('\u200b\u00a0 Anna\u00a0Lee \u2060')).toBe('Anna\u00a0Lee');
  expect(schema.parse('👩‍🚒 ❤️')).toBe('👩‍🚒 ❤️');
});

test('trimming a long name takes as many times longer as it is longer', () => {
  /** The fastest of some: whoever else works on this machine only adds to it. */
  const msFor = (signs: number) =>
    Math.min(
      ...Array.from({ length: 5 }, () => {
        const name = `x${'\u200b'.repeat(signs)}x`;
        const started = performance.now();
        expect(Name.safeParse(name).success).toBe(false);
        return performance.now() - started;
      }),
    );
  // Ten times as long; looked at from each sign on anew, it would take a hundred times as much.
  expect(msFor(1_000_000) / msFor(100_000)).toBeLessThan(40);
});
