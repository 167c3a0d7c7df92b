import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { contract } from '#core/api/contract.ts';
import { openApiOf } from './openapi.ts';

const document = openApiOf('1.2.3', '');

test('the OpenAPI document is valid', async () => {
  const result = await new Validator().validate(structuredClone(document));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
});

test('it holds every endpoint of the contract, with what it needs', () => {
  const operations = Object.values(document.paths as Record<string, Record<string, { operationId: string; security: unknown[] }>>).flatMap((one) =>
    Object.values(one),
  );
  expect(operations.map((one) => one.operationId).sort()).toEqual(Object.keys(contract).sort());
  const open = operations.filter((one) => one.security.length === 0).map((one) => one.operationId);
  expect(open.sort()).toEqual(['login', 'openLoginLink', 'readHealth', 'readLoginLink', 'refresh', 'register']);
});

test('a form with a file can be sent as one', () => {
  const paths = document.paths as Record<
    string,
    Record<string, { requestBody: { content: Record<string, { schema: { properties: Record<string, unknown> } }> } }>
  >;
  const form = paths['/blasts']?.post?.requestBody.content['multipart/form-data'];
  expect(form?.schema.properties).toHaveProperty('recipientsFile.format', 'binary');
});

test.each(Object.entries(contract))('the reply of %s has no place for a secret', (name, definition) => {
  const json = JSON.stringify(z.toJSONSchema(definition.reply, { unrepresentable: 'any' }));
  const names = Array.from(json.matchAll(/"([A-Za-z]+)":\{/g), ([, field = '']) => field);
  const tokens = ['register', 'login', 'refresh'].includes(name) ? ['accessToken', 'refreshToken'] : [];
  // Told once, to whoever made it.
  const made = ['addHook', 'renewHookSecret'].includes(name) ? ['secret'] : [];
  const secrets = names.filter((field) => /sealed|secret|hash|token|password|credential/i.test(field) && !/^has[A-Z]/.test(field));
  expect(secrets.filter((field) => ![...tokens, ...made].includes(field))).toEqual([]);
});
