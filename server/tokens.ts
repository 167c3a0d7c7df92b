import { createHash, randomBytes } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { Failure } from '#core/failure.ts';
import type { Role } from '#core/permission.ts';

/** What an access token says. The role is a hint for the client: each request asks the database. */
const Claims = z.object({ sub: z.uuid(), ws: z.uuid(), sid: z.uuid(), exp: z.number() });
export type AccessClaims = { personId: string; workspaceId: string; sessionId: string; expiresAt: Date };
export type RefreshToken = { token: string; hash: Buffer; expiresAt: Date };

export type Tokens = ReturnType<typeof createTokens>;

/** `key` signs access tokens (HS256) and belongs to this purpose alone; `now` is the clock for both kinds of token. */
export function createTokens({ key, accessMinutes, refreshDays, now }: { key: Buffer; accessMinutes: number; refreshDays: number; now: () => Date }) {
  return {
    now,
    async issueAccess(holder: { personId: string; workspaceId: string; sessionId: string; role: Role }): Promise<{ token: string; expiresAt: Date }> {
      const issuedAt = Math.floor(now().getTime() / 1000);
      const expiresAt = issuedAt + accessMinutes * 60;
      const token = await new SignJWT({ ws: holder.workspaceId, sid: holder.sessionId, role: holder.role })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(holder.personId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(key);
      return { token, expiresAt: new Date(expiresAt * 1000) };
    },
    /** Throws `session_ended` for one that has run out, `signed_out` for anything that we did not sign. */
    async readAccess(token: string): Promise<AccessClaims> {
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], currentDate: now(), requiredClaims: ['exp', 'sub'] });
        const claims = Claims.parse(payload);
        return { personId: claims.sub, workspaceId: claims.ws, sessionId: claims.sid, expiresAt: new Date(claims.exp * 1000) };
      } catch (error) {
        throw new Failure(error instanceof errors.JWTExpired ? 'session_ended' : 'signed_out', undefined, { cause: error });
      }
    },
    /** `sessionId.secret`: only the hash is stored, so a copy of the database signs nobody in. */
    makeRefresh(sessionId: string): RefreshToken {
      const token = `${sessionId}.${randomBytes(32).toString('base64url')}`;
      return { token, hash: hashOf(token), expiresAt: new Date(now().getTime() + refreshDays * 86_400_000) };
    },
    readRefresh(token: string): { sessionId: string; hash: Buffer } {
      const sessionId = z.uuid().safeParse(token.split('.')[0]);
      if (!sessionId.success) throw new Failure('session_ended');
      return { sessionId: sessionId.data, hash: hashOf(token) };
    },
  };
}

/** The secret holds 256 random bits, so one round of SHA-256 is enough; passwords need more. */
function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
