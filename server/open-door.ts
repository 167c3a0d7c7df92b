import { createHash } from 'node:crypto';
import express, { type Request, type Response } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import { Failure } from '#core/failure.ts';
import type { Db } from '#sql/database.ts';
import { countTry } from '#sql/tries.ts';
import { run } from './read-request.ts';

/** Meta's largest bodies are about 3 MB; SendGrid brings up to some thousand events at once. */
const mostBytes = 4 * 1024 * 1024;
const readRaw = express.raw({ type: () => true, limit: mostBytes });

/** The body byte for byte, as it was signed. Throws `too_large` or `unreadable_body`. */
export async function readBytes(request: Request, response: Response): Promise<Buffer> {
  await run(readRaw, request, response).catch((error: { type?: string }) => {
    if (error.type === 'entity.too.large') throw new Failure('too_large', 'The body is larger than 4 MB.', { cause: error });
    throw new Failure('unreadable_body', undefined, { cause: error });
  });
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** Refused bodies of one address that are still told why; more are turned away with less work. */
const refusals = { most: 60, seconds: 60 };

/**
 * Counts what a door without a session has refused, by address and for all servers on this database; one that brings too much is turned away
 * from memory. Only what is refused counts: platforms and mail providers bring what is right for all their customers from a few addresses.
 */
export function createTurnAway(db: Db, door: string): (request: Request) => Promise<Failure | null> {
  const closed = new Map<string, number>();
  const tooMany = (until: number) => new Failure('too_many_requests', undefined, { retryAt: new Date(until) });
  return async (request) => {
    const address = ipKeyGenerator(request.ip ?? '');
    const until = closed.get(address) ?? 0;
    if (until > Date.now()) return tooMany(until);
    closed.delete(address);
    const tries = await countTry(db, createHash('sha256').update(`${door} ${address}`).digest(), refusals.seconds);
    if (tries.count <= refusals.most) return null;
    closed.set(address, tries.until.getTime());
    return tooMany(tries.until.getTime());
  };
}
