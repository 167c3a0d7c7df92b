import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { contract } from './contract.ts';
import type { Endpoint } from './endpoint.ts';

const endpoints: [string, Endpoint][] = Object.entries(contract);
const paramsIn = (path: string) => Array.from(path.matchAll(/:(\w+)/g), (match) => match[1] ?? '');
const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'throw' });
const keysOf = (schema: z.ZodType | undefined) => (schema ? Object.keys(schemaOf(schema, 'input').properties ?? {}) : []);
const called = (name: string, { method, path }: Endpoint) => `${name}: ${method} ${path}`;

test('no two endpoints answer the same call', () => {
  const calls = endpoints.map(([, { method, path }]) => `${method} ${path.replace(/:\w+/g, ':')}`);
  expect(calls.filter((call, index) => calls.indexOf(call) !== index)).toEqual([]);
});

test('a path in words comes before one with a parameter that would swallow it', () => {
  const fits = (pattern: string, path: string) => new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+')}$`).test(path);
  const swallowed = endpoints.flatMap(([name, later], index) =>
    endpoints
      .slice(0, index)
      .filter(([, earlier]) => earlier.method === later.method && !later.path.includes(':') && fits(earlier.path, later.path))
      .map(([earlier]) => `${name} never runs, ${earlier} takes its calls`),
  );
  expect(swallowed).toEqual([]);
});

describe.each(endpoints)('%s', (_name, definition) => {
  test('names in its path exactly the parameters it checks', () => {
    expect(keysOf(definition.params).toSorted()).toEqual(paramsIn(definition.path).toSorted());
  });

  test('has a path in kebab case, without a slash at its end', () => {
    expect(definition.path).toMatch(/^(\/(:[a-zA-Z]+|[a-z0-9-]+(\.json)?))+$/);
  });

  test('can be written down as OpenAPI, in and out', () => {
    for (const schema of [definition.params, definition.query]) if (schema) schemaOf(schema, 'input');
    if (!definition.produces) expect(schemaOf(definition.reply, 'output')).not.toEqual({});
  });

  test('refuses fields it does not know', () => {
    for (const schema of [definition.params, definition.query, definition.body]) {
      if (schema) expect(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).additionalProperties).toBe(false);
    }
  });

  test('says in one line what it does', () => {
    expect(definition.summary).toMatch(/^[A-Z][^\n]{2,119}[^.]$/);
  });
});

test('only what has a body to read asks for one, and a form always has fields', () => {
  const wrong = endpoints.filter(([, { method, body, upload }]) => (method === 'GET' || method === 'DELETE' ? body : upload && !body));
  expect(wrong.map(([name, definition]) => called(name, definition))).toEqual([]);
});

test('204 and an empty reply go together', () => {
  const isNothing = (schema: z.ZodType) => schema instanceof z.ZodNull;
  const wrong = endpoints.filter(([, { status, reply }]) => (status === 204) !== isNothing(reply));
  expect(wrong.map(([name, definition]) => called(name, definition))).toEqual([]);
});

test('no reply has a field for a secret, but the tokens of a sign-in, and the reply that makes the secret of a hook', () => {
  const secret = /password|secret|sealed|credential|token|hash/i;
  const named = (schema: unknown): string[] =>
    schema === null || typeof schema !== 'object'
      ? []
      : Object.entries(schema).flatMap(([key, value]) => [...(key === 'properties' ? Object.keys(value) : []), ...named(value)]);
  const found = endpoints.flatMap(([name, { reply, produces }]) =>
    produces
      ? []
      : named(schemaOf(reply, 'output'))
          .filter((field) => secret.test(field) && !/^has[A-Z]/.test(field))
          .map((field) => `${name}.${field}`),
  );
  const tokens = ['register', 'login', 'refresh'].flatMap((name) => [`${name}.accessToken`, `${name}.refreshToken`]);
  expect(found.toSorted()).toEqual([...tokens, 'addHook.secret', 'renewHookSecret.secret'].toSorted());
});

test('an address that everybody sees may not bring a password along', () => {
  const ask = (baseUrl: string) => contract.addProfile.body?.safeParse({ channel: 'telegram-web', name: 'Shop', baseUrl });
  expect(ask('https://web.telegram.org/a/')?.success).toBe(true);
  for (const baseUrl of ['https://me:word@web.telegram.org/', 'https://me@web.telegram.org/'])
    expect(ask(baseUrl)?.error?.issues).toMatchObject([{ path: ['baseUrl'], message: 'may not hold a user name or password' }]);
});
