import type { Logger } from 'pino';
import { z } from 'zod';
import type { GuardedRequest } from '#channels/guarded-request.ts';
import { signHook } from '#channels/hook-signature.ts';
import { asFailure } from '#core/failure.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { dueHooks, type HeldPost, type HookTried, type HookWay, holdPosts, planHookPosts, settlePost } from '#sql/hook-posts.ts';
import type { Sealer } from '#sql/sealed.ts';
import { writeHookBody } from './hook-bodies.ts';
import { createLines } from './lines.ts';

export type HookWorkParts = {
  db: Db;
  clock: Clock;
  sealer: Sealer;
  ask: GuardedRequest;
  random: () => number;
  tell: () => void;
  log: Pick<Logger, 'warn'>;
};
type Place = { workspaceId: string; hookId: string };

/** Events that one statement reads, and posts of one hook that are under way at once. */
const readAtOnce = 2000;
const postsAtOnce = 8;
const answerMs = 10_000;
/** A worker that died left its posts held; after so long another one posts them, under the same id. */
const heldMs = 60_000;
const longestWaitMs = 86_400_000;
const Headers = z.record(z.string(), z.string());

/**
 * Posts to hooks what happened. Each hook has its own line here, so that one which is slow holds up no other; what a worker has posted and not yet
 * marked when it dies is posted again. `settled` ends when nothing is under way.
 */
export function createHookWork(parts: HookWorkParts): { look: (signal: AbortSignal) => Promise<void>; settled: () => Promise<void> } {
  const lines = createLines();
  const work = (place: Place, signal: AbortSignal) =>
    postAll(parts, place, signal).catch((error: unknown) =>
      parts.log.warn({ err: error, hookId: place.hookId }, 'a hook could not be worked through'),
    );
  return {
    async look(signal) {
      while ((await planHookPosts(parts.db, parts.clock.now(), readAtOnce)) === readAtOnce && !signal.aborted);
      for (const place of await dueHooks(parts.db, parts.clock.now())) if (!signal.aborted) lines.begin(place.hookId, () => work(place, signal));
    },
    settled: lines.settled,
  };
}

async function postAll(parts: HookWorkParts, place: Place, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const now = parts.clock.now();
    const until = new Date(now.getTime() + heldMs);
    const { way, posts } = await inWorkspace(parts.db, place.workspaceId, (trx) => holdPosts(trx, place.hookId, { now, until, most: postsAtOnce }));
    if (posts.length === 0) return;
    await Promise.all(posts.map((post) => postOne(parts, place, { way, post }, signal)));
  }
}

async function postOne(parts: HookWorkParts, place: Place, { way, post }: { way: HookWay; post: HeldPost }, signal: AbortSignal): Promise<void> {
  const at = parts.clock.now();
  const tried = await inWorkspace(parts.db, place.workspaceId, (trx) => writeHookBody(trx, post, { workspaceId: place.workspaceId, now: at }))
    .then((body) => tryOnce(parts, { way, id: post.id, at, body }, signal))
    .catch((error: unknown): HookTried => {
      parts.log.warn({ err: error, hookId: place.hookId, postId: post.id }, 'a post could not be written');
      return unwritten(at);
    });
  // Stopping is no failure of the hook's: what is held is posted by the next worker.
  if (signal.aborted && tried.status === null) return;
  await inWorkspace(parts.db, place.workspaceId, (trx) => settlePost(trx, place, post, { ...tried, random: parts.random }));
  parts.tell();
}

/** A fault of ours counts as a try, so that the others of its line are not held up for good. */
const unwritten = (at: Date): HookTried => ({
  at,
  ms: 0,
  status: null,
  error: 'Patchbay could not write this post. The log of the worker says why.',
  request: {},
  reply: null,
  replyBody: null,
  waitMs: 0,
});

async function tryOnce(
  { sealer, ask, clock }: HookWorkParts,
  { way, id, at, body }: { way: HookWay; id: string; at: Date; body: string },
  signal: AbortSignal,
): Promise<HookTried> {
  const own = way.sealedHeaders ? Headers.parse(JSON.parse(sealer.openText(way.sealedHeaders))) : {};
  const signed = signHook(sealer.openText(way.sealedSecret), { id, at, body });
  const plain = { 'content-type': 'application/json', 'user-agent': 'Patchbay' };
  const begun = performance.now();
  const hidden = Object.fromEntries([...Object.keys(own), 'webhook-signature'].map((name) => [name, '…']));
  const common = { at, request: { ...plain, ...signed, ...hidden } };
  try {
    const headers = { ...own, ...plain, ...signed, 'content-length': String(Buffer.byteLength(body)) };
    const reply = await ask({ url: way.url, method: 'POST', headers, body, timeoutMs: answerMs, mostBytes: 2000 }, signal);
    const ms = Math.round(performance.now() - begun);
    const isTaken = reply.status >= 200 && reply.status < 300;
    const error = isTaken ? null : `The address answered ${reply.status}.`;
    const waitMs = waitOf(reply.headers['retry-after'], clock.now());
    return { ...common, ms, status: reply.status, error, reply: withoutCookies(reply.headers), replyBody: reply.body.replaceAll('\0', ''), waitMs };
  } catch (error) {
    const ms = Math.round(performance.now() - begun);
    return { ...common, ms, status: null, error: asFailure(error).message, reply: null, replyBody: null, waitMs: 0 };
  }
}

/** Seconds, or a date (RFC 9110); what cannot be read asks for nothing. */
function waitOf(retryAfter: string | undefined, now: Date): number {
  if (retryAfter === undefined) return 0;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now.getTime();
  return Number.isFinite(ms) ? Math.min(longestWaitMs, Math.max(0, ms)) : 0;
}

const withoutCookies = (headers: Record<string, string>) => Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'set-cookie'));
