import type { Media } from '#core/channel.ts';
import type { MediaPlace, MediaStore } from '#core/media.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { forgetUnusedMedia, readMedia } from '#sql/media.ts';

export type MediaReader = (workspaceId: string, mediaId: string) => Promise<Media>;

/** Reads files for sends. The last one is kept: a campaign sends the same file to everyone, and files never change. */
export function createMediaReader(db: Db, store: MediaStore): MediaReader {
  let last: { key: string; media: Promise<Media> } | null = null;
  return (workspaceId, mediaId) => {
    const key = `${workspaceId} ${mediaId}`;
    if (last?.key === key) return last.media;
    const media = read(db, store, { workspaceId, mediaId });
    last = { key, media };
    media.catch(() => {
      if (last?.media === media) last = null;
    });
    return media;
  };
}

async function read(db: Db, store: MediaStore, place: MediaPlace): Promise<Media> {
  const { kind, name, mimeType } = await inWorkspace(db, place.workspaceId, (trx) => readMedia(trx, place.mediaId));
  const parts: Buffer[] = [];
  for await (const part of store.read(place)) parts.push(part);
  return { kind, name, mimeType, content: Buffer.concat(parts) };
}

/** An upload that is a day old and stands in no message any more, or never did. */
const unusedMs = 86_400_000;

/** Removes files that nothing uses: their rows first, so that a store that fails keeps bytes and loses none that are needed. */
export async function forgetMedia({ db, mediaStore }: { db: Db; mediaStore: MediaStore }, now: Date): Promise<number> {
  const gone = await forgetUnusedMedia(db, new Date(now.getTime() - unusedMs));
  if (gone.length > 0) await mediaStore.remove(gone);
  return gone.length;
}
