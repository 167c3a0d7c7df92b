import { randomBytes, randomUUID } from 'node:crypto';
import { Failure } from '#core/failure.ts';
import { permissions } from '#core/permission.ts';
import { writeAudit } from '#sql/audit.ts';
import { type Db, inWorkspace, type Trx } from '#sql/database.ts';
import { findSignIn, type Registered, type Registration, registerAndFurnish, registerWorkspace } from '#sql/people.ts';
import { endSession, type OpenSession, openSession, rotateSession, startSession } from '#sql/sessions.ts';
import type { Handlers } from './handler.ts';
import { decoyHash, hashPassword, isPassword } from './passwords.ts';
import type { Tokens } from './tokens.ts';

export const refreshCookie = { name: 'patchbay_refresh', path: '/api/auth' } as const;
/** Pages that a browser opens by itself, such as the queue's dashboard, can only send a cookie. */
export const pageCookie = { name: 'patchbay_page', path: '/admin' } as const;

export type AuthParts = {
  db: Db;
  tokens: Tokens;
  /** Called when a session has ended here, so that its sockets close at once. */
  sessionEnded: (sessionId: string) => void;
  /** Fills the first workspace of the installation with what the settings name; null where they name nothing. */
  furnishFirst?: ((trx: Trx, first: Registered) => Promise<void>) | null;
};
type SetCookie = (name: string, value: string, options: { maxAgeSeconds: number; path: string }) => void;
type Visit = { keep: 'body' | 'cookie'; setCookie: SetCookie; userAgent: string };

export const authHandlers = (parts: AuthParts) =>
  ({
    async register({ body, ...visit }) {
      const passwordHash = await hashPassword(body.password);
      const { email, name, zone } = body;
      const wanted = { workspace: body.workspace ?? `${name || (email.split('@')[0] ?? email)}’s workspace`, zone, email, name, passwordHash };
      const made = body.username ? await register(parts, { ...wanted, username: body.username }) : await registerUnnamed(parts, wanted);
      return signIn(parts, made, { ...visit, keep: body.keep });
    },
    async login({ body, ...visit }) {
      const found = await findSignIn(parts.db, body.email);
      // Also somebody unknown is checked, against the decoy: the time of the answer tells nothing.
      const isRight = await isPassword(body.password, found?.passwordHash ?? decoyHash);
      if (!found || !isRight) {
        if (found) await auditFailure(parts.db, found);
        throw new Failure('wrong_sign_in');
      }
      return signIn(parts, found, { ...visit, keep: body.keep });
    },
    async refresh({ body, cookies, ...visit }) {
      const given = body.refreshToken ?? cookies[refreshCookie.name];
      if (!given) throw new Failure('signed_out');
      return exchange(parts, given, { ...visit, keep: body.keep });
    },
    async logout({ caller, transaction, setCookie }) {
      const { sessionId } = caller;
      await transaction((trx) => endSession(trx, { sessionId, at: parts.tokens.now(), why: 'signed out' }));
      for (const { name, path } of [refreshCookie, pageCookie]) setCookie(name, '', { maxAgeSeconds: 0, path });
      parts.sessionEnded(sessionId);
      return null;
    },
    async me({ caller }) {
      return toMe(await openOrEnd(parts, caller.sessionId));
    },
  }) satisfies Partial<Handlers>;

function register({ db, furnishFirst }: AuthParts, registration: Registration): Promise<Registered> {
  return furnishFirst ? registerAndFurnish(db, registration, furnishFirst) : registerWorkspace(db, registration);
}

/** A user name from the mail address, with a random tail when somebody has it. */
async function registerUnnamed(parts: AuthParts, wanted: Omit<Registration, 'username'>) {
  const local = (wanted.email.split('@')[0] ?? '')
    .replace(/[^a-z0-9._-]/g, '')
    .replace(/^[._-]+/, '')
    .slice(0, 30);
  const stem = local.length >= 2 ? local : `person${local}`;
  try {
    return await register(parts, { ...wanted, username: stem });
  } catch (error) {
    const isNameTaken = error instanceof Failure && error.fields?.username !== undefined;
    if (!isNameTaken) throw error;
    return register(parts, { ...wanted, username: `${stem}-${randomBytes(4).toString('hex')}` });
  }
}

async function signIn(parts: AuthParts, who: { workspaceId: string; personId: string }, visit: Visit) {
  const sessionId = randomUUID();
  const refresh = parts.tokens.makeRefresh(sessionId);
  const { workspaceId, personId } = who;
  await inWorkspace(parts.db, workspaceId, async (trx) => {
    await startSession(trx, {
      id: sessionId,
      workspaceId,
      personId,
      tokenHash: refresh.hash,
      expiresAt: refresh.expiresAt,
      userAgent: visit.userAgent,
    });
    await writeAudit(trx, { workspaceId, personId, action: 'login', subject: 'auth', subjectId: sessionId });
  });
  return hand(parts, sessionId, refresh, visit);
}

async function exchange(parts: AuthParts, given: string, visit: Visit) {
  const { sessionId, hash } = parts.tokens.readRefresh(given);
  const refresh = parts.tokens.makeRefresh(sessionId);
  const rotation = { sessionId, oldHash: hash, newHash: refresh.hash, at: parts.tokens.now(), until: refresh.expiresAt };
  const outcome = await rotateSession(parts.db, rotation);
  if (outcome === 'reused') parts.sessionEnded(sessionId);
  if (outcome !== 'rotated') throw new Failure('session_ended');
  return hand(parts, sessionId, refresh, visit);
}

async function hand(parts: AuthParts, sessionId: string, refresh: { token: string; expiresAt: Date }, { keep, setCookie }: Visit) {
  const session = await openOrEnd(parts, sessionId);
  const access = await parts.tokens.issueAccess({ personId: session.personId, workspaceId: session.workspaceId, sessionId, role: session.role });
  if (keep === 'cookie') {
    setCookie(refreshCookie.name, refresh.token, { maxAgeSeconds: secondsUntil(refresh.expiresAt, parts.tokens.now()), path: refreshCookie.path });
    setCookie(pageCookie.name, access.token, { maxAgeSeconds: secondsUntil(access.expiresAt, parts.tokens.now()), path: pageCookie.path });
  }
  return {
    accessToken: access.token,
    accessExpiresAt: access.expiresAt.toISOString(),
    refreshToken: keep === 'cookie' ? null : refresh.token,
    refreshExpiresAt: refresh.expiresAt.toISOString(),
    person: toMe(session),
  };
}

async function openOrEnd({ db, tokens }: AuthParts, sessionId: string): Promise<OpenSession> {
  const session = await openSession(db, sessionId, tokens.now());
  if (!session) throw new Failure('session_ended');
  return session;
}

function toMe(session: OpenSession) {
  const { personId, email, username, name, role, workspaceId, workspaceName } = session;
  return { id: personId, email, username, name, role, workspace: { id: workspaceId, name: workspaceName }, permissions: [...permissions[role]] };
}

async function auditFailure(db: Db, { workspaceId, personId }: { workspaceId: string; personId: string }): Promise<void> {
  await inWorkspace(db, workspaceId, (trx) =>
    writeAudit(trx, { workspaceId, personId, action: 'login_failed', subject: 'auth', subjectId: personId }),
  );
}

function secondsUntil(then: Date, now: Date): number {
  return Math.max(0, Math.floor((then.getTime() - now.getTime()) / 1000));
}
