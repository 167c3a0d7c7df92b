import { Readable } from 'node:stream';
import { typeOfMedia } from '#channels/media-type.ts';
import { storeMedia } from '#channels/thumbnail.ts';
import { Failure } from '#core/failure.ts';
import type { MediaStore } from '#core/media.ts';
import { beginMedia, finishMedia, readMedia, removeMedia } from '#sql/media.ts';
import type { Blob, Handlers } from './handler.ts';

export type MediaParts = { mediaStore: MediaStore };

/** Files to be sent. What was begun and never finished is removed with what nobody uses. */
export const mediaHandlers = ({ mediaStore }: MediaParts) =>
  ({
    async addMedia({ file, caller, transaction }) {
      if (!file) throw new Failure('invalid_input', 'Give the file as a form field named file.', { fields: { file: 'is missing' } });
      const { workspaceId, personId } = caller;
      const known = await typeOfMedia(file);
      const mediaId = await transaction((trx) => beginMedia(trx, { workspaceId, personId, ...known, bytes: file.content.length }));
      await storeMedia(mediaStore, { workspaceId, mediaId }, { mimeType: known.mimeType, content: file.content });
      return transaction((trx) => finishMedia(trx, mediaId));
    },
    readMedia: ({ params, transaction }) => transaction((trx) => readMedia(trx, params.id)),
    async readMediaFile({ params, caller, transaction }): Promise<Blob> {
      const { name, mimeType } = await transaction((trx) => readMedia(trx, params.id));
      const parts = mediaStore.read({ workspaceId: caller.workspaceId, mediaId: params.id });
      return { contentType: mimeType, fileName: name, content: Readable.from(parts, { objectMode: false }) };
    },
    async readMediaThumbnail({ params, caller, transaction }): Promise<Blob> {
      await transaction((trx) => readMedia(trx, params.id));
      return { contentType: 'image/webp', content: await mediaStore.readThumbnail({ workspaceId: caller.workspaceId, mediaId: params.id }) };
    },
    async removeMedia({ params, caller, transaction }) {
      await transaction((trx) => removeMedia(trx, params.id));
      await mediaStore.remove([{ workspaceId: caller.workspaceId, mediaId: params.id }]);
      return null;
    },
  }) satisfies Partial<Handlers>;
