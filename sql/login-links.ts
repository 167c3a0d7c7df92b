import { sql } from 'kysely';
import { writeAudit } from './audit.ts';
import type { Db, Trx } from './database.ts';
import { instant } from './instant.ts';

type Place = { workspaceId: string; profileId: string };
type NewLink = Place & { personId: string; tokenHash: Buffer; expiresAt: Date };
/** A link that was found by a secret: which profile it shows. */
export type OpenLink = Place & { linkId: string; expiresAt: Date };

/** Only the hash of its secret is kept. */
export async function addLoginLink(trx: Trx, { workspaceId, profileId, personId, tokenHash, expiresAt }: NewLink) {
  const row = await trx
    .insertInto('login_links')
    .values({ workspace_id: workspaceId, account_id: profileId, person_id: personId, token_hash: tokenHash, expires_at: expiresAt })
    .returning(columns)
    .executeTakeFirstOrThrow();
  return toLink(row);
}

export async function listLoginLinks(trx: Trx, profileId: string, now: Date) {
  const rows = await trx
    .selectFrom('login_links')
    .select(columns)
    .where('account_id', '=', profileId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('made_at')
    .execute();
  return rows.map(toLink);
}

export async function revokeLoginLinks(trx: Trx, profileId: string, now: Date): Promise<void> {
  const open = trx.updateTable('login_links').set({ ended_at: now, ended_why: 'revoked' }).where('account_id', '=', profileId);
  await open.where('ended_at', 'is', null).execute();
}

/** The one time that a link opens; null when it is unknown, was opened before, revoked, or has expired. Works without a workspace. */
export async function openLoginLink(db: Db, ask: { tokenHash: Buffer; passHash: Buffer; at: Date }): Promise<OpenLink | null> {
  const { rows } = await sql<FoundRow>`select * from open_login_link(${ask.tokenHash}, ${ask.passHash}, ${ask.at})`.execute(db);
  return rows[0] ? toOpen(rows[0]) : null;
}

/** What a pass may look at, while its link lives. Works without a workspace. */
export async function loginLinkOf(db: Db, passHash: Buffer, at: Date): Promise<OpenLink | null> {
  const { rows } = await sql<FoundRow>`select * from login_link_of(${passHash}, ${at})`.execute(db);
  return rows[0] ? toOpen(rows[0]) : null;
}

/** Nobody who signed in has done this: the row names the link instead. */
export async function auditLink(trx: Trx, link: OpenLink, action: 'openLoginLink' | 'endLoginLink'): Promise<void> {
  const { workspaceId, profileId, linkId } = link;
  await writeAudit(trx, { workspaceId, personId: null, action, subject: 'profiles', subjectId: profileId, detail: { link: linkId } });
}

/** The profile has logged in: the link has done its work. False when it had ended before. */
export async function endLoginLink(trx: Trx, linkId: string, at: Date): Promise<boolean> {
  const ended = trx.updateTable('login_links').set({ ended_at: at, ended_why: 'logged in' }).where('id', '=', linkId).where('ended_at', 'is', null);
  return (await ended.executeTakeFirst()).numUpdatedRows > 0n;
}

const columns = ['id', 'made_at', 'expires_at', 'opened_at'] as const;
type FoundRow = { id: string; workspace_id: string; account_id: string; expires_at: Date };

const toOpen = (row: FoundRow): OpenLink => ({
  linkId: row.id,
  workspaceId: row.workspace_id,
  profileId: row.account_id,
  expiresAt: row.expires_at,
});

function toLink(row: { id: string; made_at: Date; expires_at: Date; opened_at: Date | null }) {
  return { id: row.id, madeAt: instant(row.made_at), expiresAt: instant(row.expires_at), openedAt: instant(row.opened_at) };
}
