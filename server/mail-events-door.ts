import { createHash } from 'node:crypto';
import express, { type Request, type RequestHandler, Router } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import type { Logger } from 'pino';
import { eventsOf } from '#channels/email/provider-events.ts';
import { type FetchText, isOfSns, isSigned, MailProvider, SnsEnvelope } from '#channels/email/provider-signatures.ts';
import { Failure } from '#core/failure.ts';
import { takeBounces } from '#sql/bounces.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { noteProviderTold, providerAt } from '#sql/mail-in.ts';
import type { Sealer } from '#sql/sealed.ts';
import { countTry } from '#sql/tries.ts';
import { run } from './read-request.ts';

export type MailEventsParts = { db: Db; sealer: Sealer; ring: () => void; fetchText: FetchText; log: Logger };
type Place = { workspaceId: string; accountId: string };

/** SendGrid brings up to some thousand events at once. */
const readRaw = express.raw({ type: () => true, limit: 4 * 1024 * 1024 });
/** Bodies of one address that nobody had signed; more are turned away without a look. */
const refusals = { most: 60, seconds: 60 };

/**
 * Where providers tell what became of mails, without a session: the account's own address and the signature let them in. A body is taken in
 * as one transaction before it is answered; one that comes again changes nothing.
 */
export function mountMailEvents(parts: MailEventsParts): Router {
  const router = Router();
  router.post('/:provider/:accountKey', receive(parts));
  return router;
}

function receive(parts: MailEventsParts): RequestHandler {
  return async (request, response) => {
    const provider = MailProvider.safeParse(request.params.provider).data;
    if (!provider) throw new Failure('not_found');
    await run(readRaw, request, response).catch((error: { type?: string }) => {
      throw error.type === 'entity.too.large'
        ? new Failure('too_large', 'The body is larger than 4 MB.', { cause: error })
        : new Failure('unreadable_body', undefined, { cause: error });
    });
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const known = await providerAt(parts.db, String(request.params.accountKey), provider);
    const signed = known && { body, header: (name: string) => request.get(name), secret: parts.sealer.openText(known.sealedSecret), now: new Date() };
    if (!signed || !(await isSigned(provider, signed, parts.fetchText))) throw await turnedAway(parts, request, provider);
    if (provider === 'ses') await confirmTopic(body, parts.fetchText);
    await take(parts, known, provider, body);
    response.status(200).end();
  };
}

async function take({ db, ring }: MailEventsParts, place: Place, provider: MailProvider, body: Buffer): Promise<void> {
  const told = readEvents(provider, body).map(({ id, ...event }) => ({
    ...event,
    source: provider,
    sourceId: id,
    finalRecipient: null,
    deliveryId: null,
  }));
  await inWorkspace(db, place.workspaceId, async (trx) => {
    const now = new Date();
    await takeBounces(trx, { ...place, told, now });
    await noteProviderTold(trx, place, provider, now);
  });
  ring();
}

function readEvents(provider: MailProvider, body: Buffer) {
  try {
    return eventsOf(provider, body);
  } catch (error) {
    throw new Failure('unreadable_body', 'This body is not one of the provider’s events.', { cause: error });
  }
}

/** Amazon asks once whether the topic may send here; its signature was just checked. */
async function confirmTopic(body: Buffer, fetchText: FetchText): Promise<void> {
  const { Type: kind, SubscribeURL: address } = SnsEnvelope.parse(JSON.parse(body.toString('utf8')));
  if (kind === 'SubscriptionConfirmation' && address && isOfSns(address)) await fetchText(address);
}

async function turnedAway({ db, log }: MailEventsParts, request: Request, provider: MailProvider): Promise<Failure> {
  const key = createHash('sha256')
    .update(`mail events ${ipKeyGenerator(request.ip ?? '')}`)
    .digest();
  const tries = await countTry(db, key, refusals.seconds);
  if (tries.count > refusals.most) return new Failure('too_many_requests', undefined, { retryAt: tries.until });
  log.warn({ provider }, 'events of a mail provider were refused');
  return new Failure('signed_out', 'This body is not signed for this address.');
}
