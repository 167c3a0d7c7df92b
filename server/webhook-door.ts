import { createHash } from 'node:crypto';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import type { Logger } from 'pino';
import { checkSignature, checkVerification } from '#channels/meta/signature.ts';
import { Failure } from '#core/failure.ts';
import { Platform } from '#core/platform-event.ts';
import type { Db } from '#sql/database.ts';
import type { Queue } from '#sql/queue.ts';
import { countTry } from '#sql/tries.ts';
import { refuseWebhook } from '#sql/webhooks.ts';
import type { WebhookSettings } from './config.ts';
import { run } from './read-request.ts';
import { createVault, type Vault } from './webhook-vault.ts';

export type WebhookDoorParts = { db: Db; queue: Queue; webhooks: WebhookSettings; log: Logger };

/** Meta's largest bodies are about 3 MB. */
const mostBytes = 4 * 1024 * 1024;
const readRaw = express.raw({ type: () => true, limit: mostBytes });
/** Headers that help to find out what came; none of them is a secret. */
const keptHeaders = ['content-type', 'content-length', 'user-agent', 'x-hub-signature-256'];
/** Refused bodies of one address that are still counted and looked at; more are turned away with less work. */
const refusals = { most: 60, seconds: 60 };

/**
 * Where platforms bring their webhooks, without a session: the signature over the raw bytes is what lets them in. A body is answered 200 only
 * after it lies in the vault; everything else is a worker's.
 */
export function mountWebhooks(parts: WebhookDoorParts): Router {
  const router = Router();
  const [vault, ring] = [createVault(parts.db), createRing(parts.queue)];
  for (const platform of Platform.options) {
    router.get(`/${platform}`, verify(parts));
    router.post(`/${platform}`, receive(platform, { ...parts, vault, ring }));
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

function receive(platform: Platform, parts: WebhookDoorParts & { vault: Vault; ring: () => void }): RequestHandler {
  const turnAway = createTurnAway(parts);
  return async (request, response) => {
    const body = await readBytes(request, response);
    const signature = checkSignature(body, request.get('x-hub-signature-256'), parts.webhooks.secrets);
    if (signature.is === 'refused') throw await turnAway(request, { platform, reason: signature.why, body });
    const headers = Object.fromEntries(keptHeaders.flatMap((name) => (request.get(name) ? [[name, String(request.get(name)).slice(0, 300)]] : [])));
    const digest = createHash('sha256').update(body).digest();
    await parts.vault.keep({ platform, body, digest, signedBy: signature.by, headers });
    parts.ring();
    if (!isJson(body)) throw new Failure('unreadable_body', 'The body is not JSON.');
    response.status(200).end();
  };
}

async function readBytes(request: Request, response: Response): Promise<Buffer> {
  await run(readRaw, request, response).catch((error: { type?: string }) => {
    if (error.type === 'entity.too.large') throw new Failure('too_large', 'The body is larger than 4 MB.', { cause: error });
    throw new Failure('unreadable_body', undefined, { cause: error });
  });
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

type Refused = { platform: Platform; reason: 'unsigned' | 'forged'; body: Buffer };

/** Counts what is not signed by anybody we know, by address in the database; one that brings too much is turned away from memory. */
function createTurnAway({ db, log }: WebhookDoorParts) {
  const closed = new Map<string, number>();
  return async (request: Request, refused: Refused): Promise<Failure> => {
    const address = ipKeyGenerator(request.ip ?? '');
    const until = closed.get(address) ?? 0;
    if (until > Date.now()) return new Failure('too_many_requests', undefined, { retryAt: new Date(until) });
    closed.delete(address);
    const key = createHash('sha256').update(`webhook ${address}`).digest();
    const tries = await countTry(db, key, refusals.seconds);
    if (tries.count > refusals.most) {
      closed.set(address, tries.until.getTime());
      return new Failure('too_many_requests', undefined, { retryAt: tries.until });
    }
    log.warn({ platform: refused.platform, reason: refused.reason, bytes: refused.body.length }, 'a webhook was refused');
    await refuseWebhook(db, refused);
    return new Failure('signed_out', 'This body is not signed with a secret that is known here.');
  };
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
