import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { asFailure, Failure } from '#core/failure.ts';
import { requestIdOf } from './request-log.ts';

export const notFound: RequestHandler = (request) => {
  throw new Failure('not_found', `There is no ${request.method} ${request.path}.`);
};

/** The one place where errors become replies. A bug is logged with the request's number; what the caller did wrong is not. */
export function createErrorEdge(log: Logger): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (isLeft(error, response)) return;
    const failure = asFailure(fromExpress(error));
    const requestId = requestIdOf(response);
    if (failure.status >= 500) log.error({ requestId, code: failure.code, err: failure.cause ?? failure }, failure.message);
    if (response.headersSent) return next(error);
    if (failure.retryAt) response.setHeader('retry-after', String(Math.max(1, Math.ceil((failure.retryAt.getTime() - Date.now()) / 1000))));
    if (request.method === 'GET') response.setHeader('cache-control', 'no-store');
    response.status(failure.status).json({ error: { code: failure.code, message: failure.message, fields: failure.fields, requestId } });
  };
}

/** The client went away and its work was stopped for that: nobody waits for an answer, and nothing is wrong. */
function isLeft(error: unknown, response: Response): boolean {
  return response.closed && error instanceof DOMException && error.name === 'AbortError';
}

/** Express itself throws for a path that cannot be decoded. */
function fromExpress(error: unknown): unknown {
  if (error instanceof URIError) return new Failure('invalid_input', 'The address cannot be read.', { cause: error });
  return error;
}
