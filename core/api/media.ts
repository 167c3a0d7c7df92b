import { z } from 'zod';
import { MediaKind, mediaMaxBytes } from '#core/media.ts';
import { endpoint } from './endpoint.ts';
import { ById, Id, Instant, Nothing } from './fields.ts';

export const Media = z.object({
  id: Id,
  name: z.string(),
  /** What it is sent as. */
  kind: MediaKind,
  /** By its content; what its name says does not count. */
  mimeType: z.string(),
  bytes: z.number(),
  /** Of a picture: the size of its small one, where there is one. */
  thumbnail: z.object({ width: z.number(), height: z.number() }).nullable(),
  createdAt: Instant,
});

export const media = {
  addMedia: endpoint({
    method: 'POST',
    path: '/media',
    summary: 'Upload a file to be sent; one that nothing uses is removed after a day',
    allows: 'inbox:write',
    upload: { file: 'file', maxBytes: mediaMaxBytes },
    body: z.strictObject({}),
    status: 201,
    reply: Media,
  }),
  readMedia: endpoint({ method: 'GET', path: '/media/:id', summary: 'What a file is', allows: 'inbox:read', params: ById, reply: Media }),
  readMediaFile: endpoint({
    method: 'GET',
    path: '/media/:id/file',
    summary: 'The file itself, as a download',
    allows: 'inbox:read',
    params: ById,
    produces: 'application/octet-stream',
    reply: z.unknown(),
  }),
  readMediaThumbnail: endpoint({
    method: 'GET',
    path: '/media/:id/thumbnail',
    summary: 'The small picture of a picture, as WebP',
    allows: 'inbox:read',
    params: ById,
    produces: 'image/webp',
    reply: z.unknown(),
  }),
  removeMedia: endpoint({
    method: 'DELETE',
    path: '/media/:id',
    summary: 'Remove a file that no message and no campaign uses',
    allows: 'inbox:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
};
