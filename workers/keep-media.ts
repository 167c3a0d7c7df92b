import { type NamedFile, typeOfMedia } from '#channels/media-type.ts';
import { storeMedia } from '#channels/thumbnail.ts';
import type { MediaKind, MediaStore } from '#core/media.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { beginMedia, finishMedia } from '#sql/media.ts';

/** A file that came in, kept as what it is by its bytes. One that no message has in the end goes with what nobody uses. */
export async function keepMedia(
  { db, mediaStore }: { db: Db; mediaStore: MediaStore },
  workspaceId: string,
  file: NamedFile,
): Promise<{ mediaId: string; kind: MediaKind }> {
  const known = await typeOfMedia(file);
  const media = { workspaceId, personId: null, ...known, bytes: file.content.length };
  const mediaId = await inWorkspace(db, workspaceId, (trx) => beginMedia(trx, media));
  await storeMedia(mediaStore, { workspaceId, mediaId }, { mimeType: known.mimeType, content: file.content });
  await inWorkspace(db, workspaceId, (trx) => finishMedia(trx, mediaId));
  return { mediaId, kind: known.kind };
}
