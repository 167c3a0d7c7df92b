import { type RawBuilder, sql } from 'kysely';
import type { z } from 'zod';
import type { Media } from '#core/api/media.ts';
import { Failure } from '#core/failure.ts';
import type { MediaKind, MediaPlace } from '#core/media.ts';
import type { Db, Trx } from './database.ts';
import { brokenReference } from './unique.ts';

export type MediaReply = z.output<typeof Media>;
type NewMedia = {
  workspaceId: string;
  /** Null: it came in. */
  personId: string | null;
  name: string;
  kind: MediaKind;
  mimeType: string;
  bytes: number;
};

/** The file of a row, as the contract shows it; `id` is its column. */
export const mediaOf = (id: RawBuilder<unknown>) =>
  sql<MediaReply | null>`(select jsonb_build_object('id', k.id, 'name', k.name, 'kind', k.kind, 'mimeType', k.mime_type, 'bytes', k.bytes,
    'thumbnail', case when k.thumbnail_width is not null then jsonb_build_object('width', k.thumbnail_width, 'height', k.thumbnail_height) end, 'createdAt', to_char(k.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) from media k where k.id = ${id})`;

/** Files of one workspace together may take so much. */
const workspaceMaxBytes = 5 * 1024 * 1024 * 1024;

/** The row of a file that is about to be stored. Throws `too_large` when the workspace has no room for it. */
export async function beginMedia(trx: Trx, { workspaceId, personId, mimeType, ...file }: NewMedia, most = workspaceMaxBytes): Promise<string> {
  // One at a time: two uploads side by side would both find room.
  await sql`select from workspaces where id = ${workspaceId} for no key update`.execute(trx);
  const { rows } = await sql<{ bytes: string }>`select coalesce(sum(bytes), 0) as bytes from media`.execute(trx);
  if (Number(rows[0]?.bytes ?? 0) + file.bytes > most)
    throw new Failure('too_large', `The files of this workspace would take more than ${Math.round(most / 1024 / 1024)} MB. Remove some first.`, {
      fields: { file: 'has no room left in this workspace' },
    });
  const row = await trx
    .insertInto('media')
    .values({ workspace_id: workspaceId, created_by: personId, mime_type: mimeType, ...file })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export async function finishMedia(trx: Trx, mediaId: string): Promise<MediaReply> {
  await sql`update media set stored_at = now() where id = ${mediaId}`.execute(trx);
  return readMedia(trx, mediaId);
}

/** Throws `not_found`, also for what is not stored yet. */
export async function readMedia(trx: Trx, mediaId: string): Promise<MediaReply> {
  const row = await trx
    .selectFrom('media')
    .select(['id', 'name', 'kind', 'mime_type', 'bytes', 'thumbnail_width', 'thumbnail_height', 'created_at'])
    .where('id', '=', mediaId)
    .where('stored_at', 'is not', null)
    .executeTakeFirst();
  if (!row) throw new Failure('not_found');
  // The column has a check with these words.
  const kind = row.kind as MediaKind;
  const { thumbnail_width: width, thumbnail_height: height } = row;
  const thumbnail = width !== null && height !== null ? { width, height } : null;
  return { id: row.id, name: row.name, kind, mimeType: row.mime_type, bytes: Number(row.bytes), thumbnail, createdAt: row.created_at.toISOString() };
}

/** The file that a message or a campaign names; a foreign key would look past the row policies. Throws `invalid_input`. */
export async function requireMedia(trx: Trx, mediaId: string): Promise<MediaReply> {
  return readMedia(trx, mediaId).catch((error: unknown) => {
    if (error instanceof Failure)
      throw new Failure('invalid_input', 'There is no such file. Upload it again.', { fields: { mediaId: 'does not exist' } });
    throw error;
  });
}

/** Throws `in_use` while a message or a campaign has it. */
export async function removeMedia(trx: Trx, mediaId: string): Promise<void> {
  const { rows } = await sql`delete from media where id = ${mediaId} returning 1`.execute(trx).catch((error: unknown) => {
    if (brokenReference(error)) throw new Failure('in_use', 'A message or a campaign uses this file.', { cause: error });
    throw error;
  });
  if (rows.length === 0) throw new Failure('not_found');
}

/** Rows of files that nothing uses go, a hundred at a time; their bytes are the store's to remove. */
export async function forgetUnusedMedia(db: Db, before: Date): Promise<MediaPlace[]> {
  const { rows } = await sql<{ workspace_id: string; media_id: string }>`select * from forget_unused_media(${before}, 100)`.execute(db);
  return rows.map((row) => ({ workspaceId: row.workspace_id, mediaId: row.media_id }));
}
