import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { Caller } from './handler.ts';

/** Gives each request a number and writes one line when it is answered: never bodies, queries or headers, which hold what people wrote. */
export function createRequestLog(log: Logger): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    response.locals.requestId = randomUUID();
    response.setHeader('x-request-id', requestIdOf(response));
    response.on('close', () => {
      log.info(
        {
          requestId: requestIdOf(response),
          method: request.method,
          path: request.baseUrl + request.path,
          status: response.writableFinished ? response.statusCode : 499,
          ms: Math.round(performance.now() - started),
          personId: callerIn(response)?.personId,
          workspaceId: callerIn(response)?.workspaceId,
        },
        'request',
      );
    });
    next();
  };
}

export function requestIdOf(response: Response): string {
  return String(response.locals.requestId ?? '');
}

export function noteCaller(response: Response, caller: Caller): void {
  response.locals.caller = caller;
}

function callerIn(response: Response): Caller | undefined {
  return response.locals.caller;
}
