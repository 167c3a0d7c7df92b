import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Caller } from './handler.ts';

/** Gives each request a number and writes one line when it is answered: never bodies, queries or headers, which hold what people wrote. */
export function createRequestLog(log: Logger): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    response.locals.requestId = randomUUID();
    response.setHeader('x-request-id', requestIdOf(response));
    if (log.isLevelEnabled('info'))
      response.on('close', () => {
        log.info(
          {
            requestId: requestIdOf(response),
            method: request.method,
            path: patternOf(request),
            id: idIn(request),
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

/** The path as the route names it: what stands in its place may be a name or a phone number. */
function patternOf(request: Request): string {
  return request.route ? request.baseUrl + String(request.route.path) : (request.originalUrl.split('?')[0] ?? '');
}

function idIn(request: Request): string | undefined {
  return z.uuid().safeParse(request.params.id).data;
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
