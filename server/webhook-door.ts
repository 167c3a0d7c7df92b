import { createHash } from 'node:crypto';
import { type RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import { checkSignature, checkVerification } from '#channels/meta/signature.ts';
import { Failure } from '#core/failure.ts';
import { Platform } from '#core/platform-event.ts';
import type { Db } from '#sql/database.ts';
import type { Queue } from '#sql/queue.ts';
import { refuseWebhook } from '#sql/webhooks.ts';
import type { WebhookSettings } from './config.ts';
import { createTurnAway, readBytes } from './open-door.ts';
import { createVault, type Vault } from './webhook-vault.ts';

export type WebhookDoorParts = { db: Db; queue: Queue; webhooks: WebhookSettings; log: Logger };

/** Headers that help to find out what came; none of them is a secret. */
const keptHeaders = ['content-type', 'content-length', 'user-agent', 'x-hub-signature-256'];

/**
 * Where platforms bring their webhooks, without a session: the signature over the raw bytes is what lets them in. A body is answered 200 only
 * after it lies in the vault; everything else is a worker's.
 */
export function mountWebhooks(parts: WebhookDoorParts): Router {
  const router = Router();
  const [vault, ring, turnAway] = [createVault(parts.db), createRing(parts.queue), createTurnAway(parts.db, 'webhook')];
  for (const platform of Platform.options) {
    router.get(`/${platform}`, verify(parts));
    router.post(`/${platform}`, receive(platform, { ...parts, vault, ring, turnAway }));
  }
  return router;
}

function verify({ webhooks }: WebhookDoorParts): RequestHandler {
  return (request, response) => {
    const verified = checkVerification(request.query, webhooks.verifyToken);
    if (verified.is === 'answer') {
      // Plain text: it is somebody else's, and no browser may read it as a page.
      response.type('text/plain').set('x-content-type-options', 'nosniff').send(verified.challenge);
      return;
    }
    if (verified.is === 'refused') throw new Failure('forbidden', 'The verify token is not the one of META_VERIFY_TOKEN.');
    throw new Failure('invalid_input', 'hub.challenge: is missing.');
  };
}

type Receiving = WebhookDoorParts & { vault: Vault; ring: () => void; turnAway: ReturnType<typeof createTurnAway> };

function receive(platform: Platform, parts: Receiving): RequestHandler {
  return async (request, response) => {
    const body = await readBytes(request, response);
    const signature = checkSignature(body, request.get('x-hub-signature-256'), parts.webhooks.secrets);
    if (signature.is === 'refused') throw (await parts.turnAway(request)) ?? (await refuse(parts, { platform, reason: signature.why, body }));
    const headers = Object.fromEntries(keptHeaders.flatMap((name) => (request.get(name) ? [[name, String(request.get(name)).slice(0, 300)]] : [])));
    const digest = createHash('sha256').update(body).digest();
    await parts.vault.keep({ platform, body, digest, signedBy: signature.by, headers });
    parts.ring();
    if (!isJson(body)) throw new Failure('unreadable_body', 'The body is not JSON.');
    response.status(200).end();
  };
}

type Refused = { platform: Platform; reason: 'unsigned' | 'forged'; body: Buffer };

/** What is not signed by anybody we know is kept as a sample, in place of the last one. */
async function refuse({ db, log }: WebhookDoorParts, refused: Refused): Promise<Failure> {
  log.warn({ platform: refused.platform, reason: refused.reason, bytes: refused.body.length }, 'a webhook was refused');
  await refuseWebhook(db, refused);
  return new Failure('signed_out', 'This body is not signed with a secret that is known here.');
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** At most one bell in so long: workers take everything that lies there, and look by themselves too. */
const ringEveryMs = 100;

function createRing(queue: Queue): () => void {
  let isRung = false;
  const send = () => {
    isRung = false;
    queue.send('webhooks', {}).catch(() => undefined);
  };
  return () => {
    if (isRung) return;
    isRung = true;
    setTimeout(send, ringEveryMs).unref();
  };
}
