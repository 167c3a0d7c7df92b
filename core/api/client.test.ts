import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asFailure, type Failure } from '#core/failure.ts';
import { createClient, type Exchange } from './client.ts';

const id = '11111111-1111-4111-8111-111111111111';
const seen: { method: string; url: string; type: string; body: string }[] = [];
let answer: (response: ServerResponse) => void = (response) => json(response, 200, { rows: [] });

const server = createServer((request, response) => void take(request, response));
const exchange: Exchange = ({ url, ...init }) => fetch(url, init);
const client = () => createClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, exchange); // It listens on a port, so it is no pipe.
const last = () => seen.at(-1);

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  seen.push({
    method: request.method ?? '',
    url: request.url ?? '',
    type: request.headers['content-type'] ?? '',
    body,
  });
  answer(response);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** The failure a call ends in; a call that succeeds fails the test. */
async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const value = await call.catch((error: unknown) => error);
  expect(value).toBeInstanceOf(Error);
  return asFailure(value);
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => void server.close());

test('parameters are put into the path, escaped', async () => {
  answer = (response) => json(response, 200, {});
  await client().readProfile({ params: { id: 'a/b c' } });
  expect(last()).toMatchObject({ method: 'GET', url: '/api/profiles/a%2Fb%20c', body: '', type: '' });
});

test('a query leaves out what is not set', async () => {
  answer = (response) => json(response, 200, { rows: [], next: null });
  await client().listConversations({ query: { unread: 'true', search: 'Zoë & co', channel: undefined, limit: 5 } });
  expect(last()?.url).toBe(`/api/conversations?${new URLSearchParams({ unread: 'true', search: 'Zoë & co', limit: '5' })}`);
});

test('a body travels as JSON', async () => {
  answer = (response) => json(response, 201, { id });
  expect(await client().addList({ body: { name: 'Größe' } })).toEqual({ id });
  expect(last()).toMatchObject({ method: 'POST', type: 'application/json', body: '{"name":"Größe"}' });
});

test('a file travels as a form with the other fields beside it', async () => {
  answer = (response) => json(response, 202, {});
  const file = { name: 'people.csv', content: new Blob(['phone\n+4915112345678\n']) };
  await client().startImport({ params: { id }, body: { mapping: { phone: 'phone' }, defaultCountry: 'DE' }, file });
  expect(last()?.type).toMatch(/^multipart\/form-data; boundary=/);
  for (const part of ['{"phone":"phone"}', 'name="defaultCountry"', 'filename="people.csv"', '+4915112345678']) expect(last()?.body).toContain(part);
});

test('no content is null, an image is bytes', async () => {
  answer = (response) => void response.writeHead(204).end();
  expect(await client().removeList({ params: { id } })).toBeNull();
  answer = (response) => void response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.of(1, 2, 3));
  const image = await client().readScreenshot({ params: { id } });
  expect(image).toBeInstanceOf(Blob);
});

test('a refusal arrives as the failure the server named, with its fields', async () => {
  answer = (response) => json(response, 409, { error: { code: 'already_exists', message: 'There is one.', fields: { name: 'is taken' } } });
  const failure = await failureOf(client().addList({ body: { name: 'x' } }));
  expect(failure).toMatchObject({ code: 'already_exists', message: 'There is one.', fields: { name: 'is taken' }, status: 409 });
});

test('an answer that is not ours, such as a gateway’s page, is a failure that can be tried again', async () => {
  answer = (response) => void response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
  const failure = await failureOf(client().listLists());
  expect(failure).toMatchObject({ code: 'broken', canRetry: true });
});

test('a call that is no longer wanted ends at once', async () => {
  answer = () => undefined;
  const controller = new AbortController();
  const call = client().listLists({}, controller.signal);
  controller.abort();
  await expect(call).rejects.toThrow(/abort/i);
});
