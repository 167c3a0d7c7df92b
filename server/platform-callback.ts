import { type Request, type Response, Router } from 'express';
import type { Logger } from 'pino';
import { appOf, findAccounts } from '#channels/meta/log-in.ts';
import { asFailure, Failure } from '#core/failure.ts';
import { may } from '#core/permission.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { keepChoices, takeState, type UsedConnect } from '#sql/platform-connects.ts';
import type { Sealer } from '#sql/sealed.ts';
import { openSession } from '#sql/sessions.ts';
import { readCookies } from './cookies.ts';
import { callbackPath, choiceMinutes, cookieOf, hashOf, type PlatformSettings, sealChoices } from './platform-log-in.ts';

export type CallbackParts = { db: Db; sealer: Sealer; platforms: PlatformSettings; now: () => Date; log: Logger };

const page = '/settings/accounts';

/**
 * Where the platform sends a person back to. It is another site that brings them, without a session: the state and the cookie of the browser
 * that began say who it is. People are led back to the dashboard, programs are told what failed.
 */
export function mountPlatformCallback(parts: CallbackParts): Router {
  const router = Router();
  router.get('/', async (request, response) => {
    response.setHeader('cache-control', 'no-store');
    try {
      const id = await take(request, response, parts);
      response.redirect(303, `${page}?connect=${id}`);
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code === 'broken') parts.log.error({ err: failure.cause }, 'a log-in at a platform broke');
      if (request.accepts(['json', 'html']) !== 'html') throw failure;
      response.redirect(303, `${page}?connect_failed=${failure.code}`);
    }
  });
  return router;
}

async function take(request: Request, response: Response, parts: CallbackParts): Promise<string> {
  const { state, code } = request.query;
  const connect = await openState(request, parts);
  if (connect === null || typeof state !== 'string')
    throw new Failure('wrong_state', 'This log-in was used already, took too long, or was begun in another browser. Connect once more.');
  response.clearCookie(cookieOf(state), { path: callbackPath, httpOnly: true, sameSite: 'lax' });
  await refuseUnlessAllowed(connect, parts);
  if (typeof code !== 'string' || code === '') throw new Failure('forbidden', 'The platform was not allowed to let this installation in.');
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  await keepFound(connect, { code, signal: gone.signal }, parts);
  return connect.id;
}

async function openState(request: Request, { db, now }: CallbackParts): Promise<UsedConnect | null> {
  const { state } = request.query;
  if (typeof state !== 'string' || state === '') return null;
  const browser = readCookies(request.headers.cookie)[cookieOf(state)];
  return browser ? takeState(db, { stateHash: hashOf(state), browserHash: hashOf(browser), at: now() }) : null;
}

/** Whoever began is still signed in, in the same workspace, and may still connect accounts. */
async function refuseUnlessAllowed(connect: UsedConnect, { db, now }: CallbackParts): Promise<void> {
  const session = await openSession(db, connect.sessionId, now());
  if (!session || session.workspaceId !== connect.workspaceId) throw new Failure('session_ended');
  if (!may(session.role, 'accounts:write')) throw new Failure('forbidden');
}

async function keepFound(connect: UsedConnect, { code, signal }: { code: string; signal: AbortSignal }, parts: CallbackParts): Promise<void> {
  const { db, sealer, platforms, now } = parts;
  const found = await findAccounts(connect, { app: appOf(platforms, connect.login), code, now: now() }, signal);
  const expiresAt = new Date(now().getTime() + choiceMinutes * 60_000);
  await inWorkspace(db, connect.workspaceId, (trx) => keepChoices(trx, connect.id, { sealed: sealChoices(sealer, found), expiresAt }));
}
