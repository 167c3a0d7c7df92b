import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { type Db, inWorkspace, type Trx } from '#sql/database.ts';
import type { Sealer } from '#sql/sealed.ts';
import { readSubscriberToken, type Subscriber, subscriberPurpose } from '#sql/subscriber-token.ts';
import { readSubscription, refuseChannels, resubscribe, type Subscription, unsubscribe } from '#sql/subscriptions.ts';
import type { Limits } from './limits.ts';
import type { MailConfirm } from './mail-confirm.ts';
import { run } from './read-request.ts';
import { type Said, writeSubscriptionPage } from './subscription-page.ts';

export type SubscriptionDoorParts = {
  db: Db;
  sealer: Pick<Sealer, 'derive'>;
  limits: Pick<Limits, 'byLink'>;
  now: () => Date;
  ring: () => void;
  /** Mails a link that proves whose mailbox it is; null: nobody knows under which address this installation is reached. */
  mailConfirm: MailConfirm | null;
};

/** What our own forms send is far smaller; whatever else comes is not read. */
const readForm = express.urlencoded({ extended: false, limit: '8kb' });
const dayMs = 86_400_000;
/** The pauses that the page offers. */
const pauseDays: ReadonlySet<number> = new Set([30, 90]);

/**
 * The address in `List-Unsubscribe`, and in `{{unsubscribe_url}}`: whoever has it chooses what its recipient gets, without signing in. Looking
 * changes nothing, because programs follow links too; a POST unsubscribes (RFC 8058), unless a form of the page says something else.
 */
export function mountSubscriptions({ db, sealer, limits, now, ring, mailConfirm }: SubscriptionDoorParts): Router {
  const router = Router();
  const key = sealer.derive(subscriberPurpose);
  const subscriberIn = (request: Request) => readSubscriberToken(String(request.params.token), key);
  const door =
    (work: (subscriber: Subscriber, request: Request) => Promise<Said>): RequestHandler =>
    async (request, response) => {
      const subscriber = subscriberIn(request);
      if (!subscriber) return answer(request, response, { status: 404, said: 'unknown', found: null });
      const said = await work(subscriber, request);
      if (said === 'saved') ring();
      const found = await inWorkspace(db, subscriber.workspaceId, (trx) => readSubscription(trx, subscriber));
      answer(request, response, { status: 200, said, found: found && !mailConfirm ? { ...found, mailbox: null } : found });
    };
  const change = async (trx: Trx, subscriber: Subscriber, { act: wanted, days, keep }: Fields): Promise<void> => {
    const at = now();
    const pause = Number(days?.[0]);
    if (wanted?.[0] === 'resubscribe') return resubscribe(trx, { subscriber, now: at });
    if (wanted?.[0] === 'channels') {
      const known = (await readSubscription(trx, subscriber))?.channels ?? [];
      const channels = known.map(({ channel }) => channel).filter((channel) => !keep?.includes(channel));
      return refuseChannels(trx, { subscriber, channels, now: at });
    }
    const isPause = wanted?.[0] === 'pause' && pauseDays.has(pause);
    await unsubscribe(trx, { subscriber, until: isPause ? new Date(at.getTime() + pause * dayMs) : null, now: at });
  };
  const act = async (subscriber: Subscriber, request: Request): Promise<Said> => {
    const fields = fieldsOf(request.body);
    const kind = OwnDataAct.safeParse(fields.act?.[0]).data;
    if (kind && mailConfirm) return mailConfirm({ subscriber, kind, language: languageOf(request), now: now() });
    await inWorkspace(db, subscriber.workspaceId, (trx) => change(trx, subscriber, fields));
    return 'saved';
  };
  router.use(
    '/:token',
    limits.byLink((request) => (subscriberIn(request) ? String(request.params.token) : null)),
  );
  router.get(
    '/:token',
    door(async () => 'nothing'),
  );
  // A body that cannot be read is no reason to go on writing to somebody.
  router.post(
    '/:token',
    (request, response, next) =>
      void run(readForm, request, response).then(
        () => next(),
        () => next(),
      ),
    door(act),
  );
  router.all('/:token', (_request, response) => void response.status(405).set('allow', 'GET, HEAD, POST').end());
  return router;
}

const OwnDataAct = z.enum(['export', 'erase']);
type Fields = { act?: string[]; days?: string[]; keep?: string[] };

/** A field that stands there once arrives as text, one that stands there often as a list. */
function fieldsOf(body: unknown): Fields {
  if (body === null || typeof body !== 'object') return {};
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, [value].flat().map(String)]));
}

function answer(request: Request, response: Response, page: { status: number; said: Said; found: Subscription | null }): void {
  const language = languageOf(request);
  sayNowhere(response.status(page.status), language);
  response.type('html').send(writeSubscriptionPage({ ...page, language }));
}

export const languageOf = (request: Request): 'en' | 'ru' => (request.acceptsLanguages(['en', 'ru']) === 'ru' ? 'ru' : 'en');

/** The address is a secret of its recipient: it goes to no other site, no search engine, and no cache. */
export function sayNowhere(response: Response, language: 'en' | 'ru'): void {
  response.set({ 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex, nofollow', 'cache-control': 'no-store', 'content-language': language });
}
