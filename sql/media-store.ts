import { Failure } from '#core/failure.ts';
import type { MediaStore } from '#core/media.ts';
import { type Db, inWorkspace } from './database.ts';
import type { Sealer } from './sealed.ts';

const chunkBytes = 1024 * 1024;
/** Sealed along with each chunk, so that none can stand in for another: the file, the chunk's place, whether it is the last one. */
const headBytes = 21;

function headOf(mediaId: string, position: number, isLast: boolean): Buffer {
  const head = Buffer.alloc(headBytes);
  head.write(mediaId.replaceAll('-', ''), 'hex');
  head.writeUInt32BE(position, 16);
  head.writeUInt8(isLast ? 1 : 0, 20);
  return head;
}

/** No chunk of a file has this place. */
const thumbnailHead = (mediaId: string): Buffer => headOf(mediaId, 0xffffffff, true);

/** Files in Postgres, in sealed chunks: each is written in a transaction of its own, because one that lasts holds up every reader of the event log. */
export function createMediaStore(db: Db, sealer: Sealer): MediaStore {
  return {
    async put({ workspaceId, mediaId }, content) {
      for (let position = 0; position * chunkBytes < content.length; position += 1) {
        const end = (position + 1) * chunkBytes;
        const plain = Buffer.concat([headOf(mediaId, position, end >= content.length), content.subarray(position * chunkBytes, end)]);
        const row = { media_id: mediaId, workspace_id: workspaceId, position, sealed: sealer.seal(plain) };
        await inWorkspace(db, workspaceId, (trx) => trx.insertInto('media_chunks').values(row).execute());
      }
    },
    async *read({ workspaceId, mediaId }) {
      for (let position = 0; ; position += 1) {
        const row = await inWorkspace(db, workspaceId, (trx) =>
          trx.selectFrom('media_chunks').select('sealed').where('media_id', '=', mediaId).where('position', '=', position).executeTakeFirst(),
        );
        if (!row) throw new Failure('broken', 'A part of this file is missing.');
        const plain = sealer.open(row.sealed);
        const isLast = plain[headBytes - 1] === 1;
        if (!plain.subarray(0, headBytes).equals(headOf(mediaId, position, isLast)))
          throw new Failure('broken', 'A part of this file belongs somewhere else.');
        yield plain.subarray(headBytes);
        if (isLast) return;
      }
    },
    async putThumbnail({ workspaceId, mediaId }, { content, width, height }) {
      const thumbnail = sealer.seal(Buffer.concat([thumbnailHead(mediaId), content]));
      const own = { thumbnail, thumbnail_width: width, thumbnail_height: height };
      await inWorkspace(db, workspaceId, (trx) => trx.updateTable('media').set(own).where('id', '=', mediaId).execute());
    },
    async readThumbnail({ workspaceId, mediaId }) {
      const row = await inWorkspace(db, workspaceId, (trx) =>
        trx.selectFrom('media').select('thumbnail').where('id', '=', mediaId).executeTakeFirst(),
      );
      if (!row?.thumbnail) throw new Failure('not_found');
      const plain = sealer.open(row.thumbnail);
      const head = thumbnailHead(mediaId);
      if (!plain.subarray(0, head.length).equals(head)) throw new Failure('broken', 'This picture belongs to another file.');
      return plain.subarray(head.length);
    },
    // Chunks and thumbnail go with the row of their file.
    remove: async () => undefined,
  };
}
