import type { z } from 'zod';
import { Failure, type FailureCode } from '#core/failure.ts';
import { type Contract, contract } from './contract.ts';
import type { Endpoint } from './endpoint.ts';

type Part<E, K extends 'params' | 'query' | 'body'> = E extends { [key in K]?: infer S } ? (S extends z.ZodType ? z.input<S> : never) : never;
type Ask<E> = {
  [K in 'params' | 'query' | 'body' as [Part<E, K>] extends [never] ? never : unknown extends Part<E, K> ? never : K]: Part<E, K>;
} & { file?: { name: string; content: Blob } };
type Answer<E> = E extends Endpoint<z.ZodType, z.ZodType, z.ZodType, infer R> ? z.output<R> : never;

/** One method for each endpoint of the contract; failures arrive as `Failure`. */
export type Client = { [N in keyof Contract]: (ask?: Ask<Contract[N]>, signal?: AbortSignal) => Promise<Answer<Contract[N]>> };
export type Exchange = (request: {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: BodyInit | null;
  signal?: AbortSignal;
}) => Promise<Response>;

/** `exchange` does the fetch: the dashboard renews tokens there, the CLI adds its own. `root` ends before /api. */
export function createClient(root: string, exchange: Exchange): Client {
  const call =
    (definition: Endpoint) =>
    async (ask: LooseAsk = {}, signal?: AbortSignal) => {
      const response = await exchange({ ...requestFor(root, definition, ask), signal });
      if (!response.ok) throw await failureOf(response);
      if (response.status === 204) return null;
      return definition.produces ? response.blob() : response.json();
    };
  const methods = Object.entries(contract).map(([name, definition]) => [name, call(definition as Endpoint)]);
  // The methods are made from the contract's own entries, so names and types agree.
  return Object.fromEntries(methods) as Client;
}

type LooseAsk = { params?: unknown; query?: unknown; body?: unknown; file?: { name: string; content: Blob } };

function requestFor(root: string, definition: Endpoint, ask: LooseAsk): Parameters<Exchange>[0] {
  const params = Object.entries(ask.params ?? {});
  const path = params.reduce((url, [name, value]) => url.replace(`:${name}`, encodeURIComponent(String(value))), definition.path);
  const query = Object.entries(ask.query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const search = query.length > 0 ? `?${new URLSearchParams(query.map(([name, value]) => [name, String(value)]))}` : '';
  const url = `${root}/api${path}${search}`;
  if (!ask.file || !definition.upload) {
    const body = ask.body === undefined ? null : JSON.stringify(ask.body);
    const headers: Record<string, string> = body ? { 'content-type': 'application/json' } : {};
    return { url, method: definition.method, headers, body };
  }
  const form = new FormData();
  for (const [name, value] of Object.entries(ask.body ?? {}))
    if (value !== undefined) form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  form.append(definition.upload.file, ask.file.content, ask.file.name);
  return { url, method: definition.method, headers: {}, body: form };
}

async function failureOf(response: Response): Promise<Failure> {
  const body = await response.json().catch(() => null);
  const code = (body?.error?.code ?? 'broken') as FailureCode; // The server answers with codes of the same table.
  return new Failure(code, body?.error?.message, { fields: body?.error?.fields });
}
