import { sql } from 'kysely';
import { Role } from '#core/permission.ts';
import type { Db, Trx } from './database.ts';

/** A session is a family of refresh tokens, one after the other; only the hash of the newest is kept. */
export type NewSession = { id: string; workspaceId: string; personId: string; tokenHash: Buffer; expiresAt: Date; userAgent: string };
export type OpenSession = {
  personId: string;
  workspaceId: string;
  role: Role;
  email: string;
  username: string;
  name: string;
  workspaceName: string;
};

export async function startSession(trx: Trx, session: NewSession): Promise<void> {
  await trx
    .insertInto('sessions')
    .values({
      id: session.id,
      workspace_id: session.workspaceId,
      person_id: session.personId,
      token_hash: session.tokenHash,
      expires_at: session.expiresAt,
      user_agent: session.userAgent.slice(0, 300),
    })
    .execute();
}

/** Who holds a session that is alive at `at`, with the role of this moment; null when it ended. Works without a workspace. */
export async function openSession(db: Db, sessionId: string, at: Date): Promise<OpenSession | null> {
  const { rows } = await sql<{
    person_id: string;
    workspace_id: string;
    role: string;
    email: string;
    username: string;
    name: string;
    workspace_name: string;
  }>`select * from open_session(${sessionId}, ${at})`.execute(db);
  const row = rows[0];
  if (!row) return null;
  return {
    personId: row.person_id,
    workspaceId: row.workspace_id,
    role: Role.parse(row.role),
    email: row.email,
    username: row.username,
    name: row.name,
    workspaceName: row.workspace_name,
  };
}

export type Rotation = { sessionId: string; oldHash: Buffer; newHash: Buffer; at: Date; until: Date };

/** Exchanges the newest token of a session. `reused` has just ended the family: somebody holds a copy. Works without a workspace. */
export async function rotateSession(db: Db, rotation: Rotation): Promise<'rotated' | 'reused' | 'ended' | 'unknown'> {
  const { rows } = await sql<{ outcome: 'rotated' | 'reused' | 'ended' | 'unknown' }>`
    select outcome from rotate_session(${rotation.sessionId}, ${rotation.oldHash}, ${rotation.newHash}, ${rotation.at}, ${rotation.until})`.execute(
    db,
  );
  return rows[0]?.outcome ?? 'unknown';
}

export async function endSession(trx: Trx, ask: { sessionId: string; at: Date; why: string }): Promise<void> {
  await trx
    .updateTable('sessions')
    .set({ ended_at: ask.at, ended_why: ask.why })
    .where('id', '=', ask.sessionId)
    .where('ended_at', 'is', null)
    .execute();
}
