import { expect, test } from 'vitest';
import { z } from 'zod';
import { contract } from './contract.ts';
import { changesOf } from './fields.ts';

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
