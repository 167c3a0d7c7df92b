import { type RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import { eventsOf } from '#channels/email/provider-events.ts';
import { type FetchText, isOfSns, isSigned, SnsEnvelope } from '#channels/email/provider-signatures.ts';
import { MailProvider } from '#core/bounce.ts';
import { Failure } from '#core/failure.ts';
import { takeBounces } from '#sql/bounces.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { noteProviderTold, providerAt } from '#sql/mail-in.ts';
import type { Sealer } from '#sql/sealed.ts';
import { createTurnAway, readBytes } from './open-door.ts';

export type MailEventsParts = { db: Db; sealer: Sealer; ring: () => void; fetchText: FetchText; log: Logger };
type Place = { workspaceId: string; accountId: string };

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
  const [turnAway, fetchCertificate] = [createTurnAway(parts.db, 'mail events'), createFetchOnce(parts.fetchText)];
  return async (request, response) => {
    const provider = MailProvider.safeParse(request.params.provider).data;
    if (!provider) throw new Failure('not_found');
    const body = await readBytes(request, response);
    const known = await providerAt(parts.db, String(request.params.accountKey), provider);
    const signed = known && { body, header: (name: string) => request.get(name), secret: parts.sealer.openText(known.sealedSecret), now: new Date() };
    if (!signed || !(await isSigned(provider, signed, fetchCertificate))) throw (await turnAway(request)) ?? refuse(parts, provider);
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

function refuse({ log }: MailEventsParts, provider: MailProvider): Failure {
  log.warn({ provider }, 'events of a mail provider were refused');
  return new Failure('signed_out', 'This body is not signed for this address.');
}

const certificates = { most: 20, keptMs: 3_600_000 };

/** Amazon signs thousands of events with one certificate, which is fetched for the first of them. */
function createFetchOnce(fetchText: FetchText): FetchText {
  const known = new Map<string, { text: Promise<string>; until: number }>();
  return (url) => {
    const before = known.get(url);
    if (before && before.until > performance.now()) return before.text;
    const text = fetchText(url);
    known.delete(url);
    known.set(url, { text, until: performance.now() + certificates.keptMs });
    text.catch(() => known.delete(url));
    const [oldest] = known.keys();
    if (known.size > certificates.most && oldest) known.delete(oldest);
    return text;
  };
}
