import express, { type Request, type RequestHandler, type Response } from 'express';
import multer from 'multer';
import { z } from 'zod';
import type { Endpoint } from '#core/api/endpoint.ts';
import { Failure } from '#core/failure.ts';
import type { Upload } from './handler.ts';

/** 1 MB: the largest text of the contract is a template's HTML of 500,000 letters. */
const jsonMaxBytes = 1024 * 1024;
const readJson = express.json({ limit: jsonMaxBytes });

/** The parts of a request before the contract has looked at them. */
export type RawParts = { params: unknown; query: unknown; body: unknown; file: Upload | null };
export type Parts = { params: unknown; query: unknown; body: unknown; file: Upload | null };

/** Reads the body as the endpoint takes it. Throws `too_large`, `unreadable_body` or `unsupported_format`. */
export async function readRaw(definition: Endpoint, request: Request, response: Response): Promise<RawParts> {
  const parts = { params: request.params, query: request.query };
  if (request.method === 'GET') return { ...parts, body: {}, file: null };
  if (definition.upload && request.is('multipart/form-data')) {
    return { ...parts, ...(await readForm(definition.upload, request, response)) };
  }
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && !request.is('application/json')) {
    const forms = definition.upload ? ' or multipart/form-data' : '';
    throw new Failure('unsupported_format', `Send the body as application/json${forms}.`);
  }
  await run(readJson, request, response).catch((error: unknown) => {
    throw bodyFailure(error);
  });
  return { ...parts, body: withKey(definition, request, request.body ?? {}), file: null };
}

/** The header that others keep a key in which never does a thing twice; the body's own word comes first. */
function withKey(definition: Endpoint, request: Request, body: unknown): unknown {
  const key = request.headers['idempotency-key'];
  const takesKey = definition.body instanceof z.ZodObject && 'clientKey' in definition.body.shape;
  return key && takesKey && typeof body === 'object' && !Array.isArray(body) ? { clientKey: key, ...body } : body;
}

/** The raw parts through the schemas of the contract. Throws `invalid_input` that names each wrong field. */
export function parseParts(definition: Endpoint, raw: RawParts): Parts {
  return {
    params: parse(definition.params ?? nothing, raw.params, 'text'),
    query: parse(definition.query ?? nothing, raw.query, 'text'),
    body: parse(definition.body ?? nothing, raw.body, raw.file || definition.upload ? 'form' : 'json'),
    file: raw.file,
  };
}

const nothing = z.strictObject({});

function parse(schema: z.ZodType, value: unknown, source: 'text' | 'form' | 'json'): unknown {
  refuseUnstorable(value, '');
  const first = attempt(schema, value);
  if (first.success) return first.data;
  // A form carries texts only: what should not be a text is JSON in it.
  const second = source === 'form' ? attempt(schema, withJsonFields(value, first.error)) : first;
  if (second.success) return second.data;
  throw invalidInput(second.error);
}

/** Postgres stores neither the character NUL nor half of a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** Throws `invalid_input` that names the field. */
function refuseUnstorable(value: unknown, path: string): void {
  if (typeof value === 'string' && !isStorable(value)) {
    const problem = 'holds a character that cannot be stored';
    throw new Failure('invalid_input', `${path || 'body'}: ${problem}`, { fields: { [path || 'body']: problem } });
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, one] of Object.entries(value)) {
    refuseUnstorable(name, path);
    refuseUnstorable(one, path ? `${path}.${name}` : name);
  }
}

function attempt(schema: z.ZodType, value: unknown): z.ZodSafeParseResult<unknown> {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Failure('invalid_input', 'A field that has to hold JSON does not.', { cause: error });
    throw error;
  }
}

function withJsonFields(value: unknown, error: z.ZodError): unknown {
  const fields = new Map(Object.entries(value ?? {}));
  for (const issue of error.issues) {
    const name = String(issue.path[0] ?? '');
    const text = fields.get(name);
    if (typeof text === 'string' && issue.path.length === 1) fields.set(name, fromJson(text));
  }
  return Object.fromEntries(fields);
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** One sentence for people, and each field with what is wrong with it. */
export function invalidInput(error: z.ZodError): Failure {
  const fields: Record<string, string> = {};
  for (const issue of error.issues) {
    const path = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) fields[path ? `${path}.${key}` : key] = 'is not a field of this request';
    } else {
      fields[path || 'body'] ??= issue.message;
    }
  }
  const named = Object.entries(fields).slice(0, 3);
  return new Failure('invalid_input', named.map(([name, problem]) => `${name}: ${problem}`).join('; '), { fields, cause: error });
}

async function readForm(
  upload: { file: string; maxBytes: number },
  request: Request,
  response: Response,
): Promise<{ body: unknown; file: Upload | null }> {
  const read = multer({
    storage: multer.memoryStorage(),
    defParamCharset: 'utf8',
    limits: { fileSize: upload.maxBytes, files: 1, fields: 40, fieldSize: jsonMaxBytes, fieldNameSize: 100 },
  }).single(upload.file);
  await run(read, request, response).catch((error: unknown) => {
    throw formFailure(error, upload);
  });
  const file = request.file ? { name: request.file.originalname, content: request.file.buffer } : null;
  return { body: { ...request.body }, file };
}

function formFailure(error: unknown, upload: { file: string; maxBytes: number }): unknown {
  if (!(error instanceof multer.MulterError)) return bodyFailure(error);
  if (error.code === 'LIMIT_FILE_SIZE') return new Failure('too_large', `The file is larger than ${inMegabytes(upload.maxBytes)}.`, { cause: error });
  if (error.code === 'LIMIT_UNEXPECTED_FILE') {
    const sentence = `Send one file, in the field ${upload.file}.`;
    return new Failure('invalid_input', sentence, { fields: { [error.field ?? upload.file]: sentence }, cause: error });
  }
  if (error.code.startsWith('LIMIT_')) return new Failure('too_large', 'The form holds more fields, or longer ones, than allowed.', { cause: error });
  return new Failure('unreadable_body', undefined, { cause: error });
}

function bodyFailure(error: unknown): unknown {
  const { type, status } = error as { type?: string; status?: number }; // body-parser names what went wrong in `type`, with a 4xx `status`.
  if (type === 'entity.too.large') return new Failure('too_large', `The body is larger than ${inMegabytes(jsonMaxBytes)}.`, { cause: error });
  if (status === 415) return new Failure('unsupported_format', undefined, { cause: error });
  // A form that ends early comes as a plain Error from the parser.
  return new Failure('unreadable_body', undefined, { cause: error });
}

function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}

/** An Express middleware as a promise: it settles when the middleware calls on. */
export function run(middleware: RequestHandler, request: Request, response: Response): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  void middleware(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
  return promise;
}
