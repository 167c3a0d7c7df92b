import type { Request } from 'express';
import type { Endpoint } from '#core/api/endpoint.ts';
import { Failure } from '#core/failure.ts';
import { may } from '#core/permission.ts';
import type { Db } from '#sql/database.ts';
import { openSession } from '#sql/sessions.ts';
import type { Caller } from './handler.ts';
import type { Tokens } from './tokens.ts';

/** Who holds this access token. The session and the role are asked for each time, so that an ended one ends at once. */
export async function callerOf(db: Db, tokens: Tokens, accessToken: string): Promise<Caller> {
  const claims = await tokens.readAccess(accessToken);
  const session = await openSession(db, claims.sessionId, tokens.now());
  if (!session || session.personId !== claims.personId || session.workspaceId !== claims.workspaceId) throw new Failure('session_ended');
  return { personId: session.personId, workspaceId: session.workspaceId, sessionId: claims.sessionId, role: session.role };
}

export function bearerOf(request: Request): string {
  const token = /^Bearer ([\w.-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (!token) throw new Failure('signed_out');
  return token;
}

/** Throws `forbidden` when the role lacks what the endpoint asks for. */
export function refuseUnlessAllowed(allows: Endpoint['allows'], caller: Caller): void {
  if (allows === 'public' || allows === 'signed_in' || may(caller.role, allows)) return;
  throw new Failure('forbidden');
}
