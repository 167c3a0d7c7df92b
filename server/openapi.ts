import { z } from 'zod';
import { contract } from '#core/api/contract.ts';
import type { Endpoint } from '#core/api/endpoint.ts';
import { failures } from '#core/failure.ts';

type Json = Record<string, unknown>;

/** The contract as an OpenAPI 3.1 document. */
export function openApiOf(version: string, serverUrl: string): Json {
  const paths: Record<string, Json> = {};
  for (const [name, definition] of Object.entries(contract)) {
    const path = definition.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [definition.method.toLowerCase()]: operation(name, definition) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Patchbay',
      version,
      description: 'Messaging from many profiles. Sign in with `POST /auth/login`, then send the access token as a bearer token.',
    },
    servers: [{ url: `${serverUrl}/api` }],
    tags: [...new Set(Object.values(contract).map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Failure: failureSchema },
      responses: {
        Failure: { description: 'Why it was not done', content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } } },
      },
    },
  };
}

const failureSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', enum: Object.keys(failures) },
        message: { type: 'string' },
        fields: { type: 'object', additionalProperties: { type: 'string' } },
        requestId: { type: 'string' },
      },
    },
  },
};

const tagOf = (definition: Endpoint): string => definition.path.split('/')[1] ?? '';

function operation(name: string, definition: Endpoint): Json {
  const isOpen = definition.allows === 'public';
  const body = definition.body ? requestBody(definition) : undefined;
  return {
    operationId: name,
    tags: [tagOf(definition)],
    summary: definition.summary,
    description: isOpen ? undefined : `Needs: \`${definition.allows}\``,
    security: isOpen ? [] : [{ bearer: [] }],
    parameters: [...parametersOf(definition.params, 'path'), ...parametersOf(definition.query, 'query')],
    requestBody: body,
    responses: { [definition.status ?? 200]: success(definition), default: { $ref: '#/components/responses/Failure' } },
  };
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input');
  return Object.entries(properties as Json).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || (required as string[]).includes(name), // JSON Schema names required fields in an array of strings.
    schema: property,
  }));
}

function requestBody(definition: Endpoint): Json | undefined {
  if (!definition.body) return undefined;
  const json = schemaOf(definition.body, 'input');
  if (!definition.upload) return { required: true, content: { 'application/json': { schema: json } } };
  const file = { type: 'string', format: 'binary', description: `At most ${definition.upload.maxBytes} bytes` };
  const form = { ...json, properties: { ...(json.properties as Json | undefined), [definition.upload.file]: file } }; // z.toJSONSchema types fields of a schema loosely.
  return { content: { 'application/json': { schema: json }, 'multipart/form-data': { schema: form } } };
}

function success(definition: Endpoint): Json {
  const description = definition.summary;
  if (definition.status === 204) return { description };
  if (definition.produces) return { description, content: { [definition.produces]: { schema: { type: 'string', format: 'binary' } } } };
  return { description, content: { 'application/json': { schema: schemaOf(definition.reply, 'output') } } };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any' });
  return rest;
}
