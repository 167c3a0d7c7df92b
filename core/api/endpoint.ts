import type { z } from 'zod';
import type { Permission } from '#core/permission.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * One endpoint of the contract: the Express route, the typed client, OpenAPI and the permission check all come from it.
 * `allows` is `public` (nobody signed in), `signed_in` (any role) or the permission that is needed.
 */
export type Endpoint<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> = {
  method: Method;
  /** Under /api, with `:name` parameters. */
  path: string;
  summary: string;
  allows: 'public' | 'signed_in' | Permission;
  params?: P;
  query?: Q;
  body?: B;
  /** The body may also come as multipart/form-data; files arrive as `Upload`. */
  upload?: { file: string; maxBytes: number };
  /** Replies that are not JSON, such as an image. */
  produces?: string;
  status?: 200 | 201 | 202 | 204;
  reply: R;
};

export function endpoint<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  definition: Endpoint<P, Q, B, R>,
): Endpoint<P, Q, B, R> {
  return definition;
}
