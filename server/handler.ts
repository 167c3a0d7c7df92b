import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Contract } from '#core/api/contract.ts';
import type { Endpoint } from '#core/api/endpoint.ts';
import type { Role } from '#core/permission.ts';
import type { Trx } from '#sql/database.ts';

/** Who asks. Handlers get one only where the contract's `allows` is not `public`. */
export type Caller = { personId: string; workspaceId: string; sessionId: string; role: Role };
/** A file of a form; `content` is at most the contract's `maxBytes` long. */
export type Upload = { name: string; content: Buffer };
/** Replies that are not JSON. */
export type Blob = { contentType: string; content: Buffer | Readable /** It is saved under this name, never shown as a page. */; fileName?: string };

/** `Lax`: also when a link on another site leads here. */
export type CookieOptions = { maxAgeSeconds: number; path: string; sameSite?: 'Strict' | 'Lax' };

type Value<E, K extends 'params' | 'query' | 'body'> = E extends { [key in K]?: infer S }
  ? S extends z.ZodType
    ? z.output<S>
    : undefined
  : undefined;
type Reply<E> = E extends { produces: string } ? Blob : E extends Endpoint<z.ZodType, z.ZodType, z.ZodType, infer R> ? z.input<R> : never;

/** What a handler is given: parsed parts of the request, the caller, and a signal that fires when the client goes away. */
export type Ask<E> = {
  params: Value<E, 'params'>;
  query: Value<E, 'query'>;
  body: Value<E, 'body'>;
  file: Upload | null;
  caller: Caller;
  address: string;
  userAgent: string;
  cookies: Record<string, string>;
  /** Sets a cookie on the reply. */
  setCookie: (name: string, value: string, options: CookieOptions) => void;
  /** One transaction in the caller's workspace. The audit row of a change is written in the first one that a handler runs. */
  transaction: <T>(work: (trx: Trx) => Promise<T>) => Promise<T>;
  signal: AbortSignal;
};
export type Handlers = { [N in keyof Contract]: (ask: Ask<Contract[N]>) => Promise<Reply<Contract[N]>> };
