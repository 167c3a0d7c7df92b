import express, { type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { mountAliases } from './aliases.ts';
import { type BotDoorParts, mountBotDoor } from './bot-door.ts';
import { type ConfirmDoorParts, mountConfirmations } from './confirm-door.ts';
import { mountDocs } from './docs.ts';
import { createErrorEdge, notFound } from './error-edge.ts';
import { securityHeaders } from './headers.ts';
import { type MailEventsParts, mountMailEvents } from './mail-events-door.ts';
import { openApiOf } from './openapi.ts';
import { mountPages } from './pages.ts';
import { type CallbackParts, mountPlatformCallback } from './platform-callback.ts';
import { callbackPath } from './platform-log-in.ts';
import { queuePath } from './queue-pages.ts';
import { createRequestLog } from './request-log.ts';
import { mountContract, type RouteParts } from './routes.ts';
import { mountSubscriptions, type SubscriptionDoorParts } from './subscription-door.ts';
import { mountWebhooks, type WebhookDoorParts } from './webhook-door.ts';

export type AppParts = RouteParts &
  SubscriptionDoorParts &
  ConfirmDoorParts &
  WebhookDoorParts &
  MailEventsParts &
  BotDoorParts &
  CallbackParts & {
    log: Logger;
    version: string;
    publicUrl: string | null;
    trustedProxies: readonly string[];
    /** Where the built dashboard lies; without it the server is an API alone. */
    pagesDirectory: string;
    /** The queue's dashboard; absent where the server may not see the queue. */
    queuePages?: RequestHandler;
  };

/** The whole HTTP side. Order matters: limits before work, the dashboard before the seeds' paths at the root, one edge for all errors. */
export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', parts.trustedProxies.length > 0 ? [...parts.trustedProxies] : false);
  app.use(createRequestLog(parts.log));
  // Before the limits: a platform sends for all its customers from a few addresses. And before what is there for browsers, thousands a minute.
  app.use('/api/webhooks', mountWebhooks(parts));
  app.use(securityHeaders({ https: parts.publicUrl?.startsWith('https:') ?? false }));
  app.use(parts.origins.allowOthers);
  // Before the limits too: mail providers, which post for all who press their button.
  app.use('/u', mountSubscriptions(parts));
  app.use('/c', mountConfirmations(parts));
  app.use('/api/mail-events', mountMailEvents(parts));
  app.use('/api', parts.limits.everything);
  app.use('/api/bot', mountBotDoor(parts));
  app.use('/api', mountDocs(openApiOf(parts.version, '')));
  app.use(callbackPath, mountPlatformCallback(parts));
  const aliases = mountAliases(parts);
  app.use('/api', aliases, mountContract(parts));
  if (parts.queuePages) app.use(queuePath, parts.queuePages);
  const pages = mountPages(parts.pagesDirectory);
  if (pages) app.use(pages);
  app.use(parts.limits.everything, aliases);
  app.use(notFound);
  app.use(createErrorEdge(parts.log));
  return app;
}
