import { z } from 'zod';

/** What a file is sent as: messengers take pictures and films apart from all other files. */
export const MediaKind = z.enum(['image', 'video', 'document']);
export type MediaKind = z.output<typeof MediaKind>;

/** What a channel takes of one kind. Without `types`: everything of this kind that can be stored. */
const MediaRule = z.strictObject({
  maxBytes: z.number().int().min(1),
  types: z.array(z.string().regex(/^[a-z]+\/[a-z0-9.+-]+$/)).optional(),
});
/** What a channel takes; a kind that is not named is not taken. */
export const MediaRules = z.strictObject({ image: MediaRule.optional(), video: MediaRule.optional(), document: MediaRule.optional() });
export type MediaRules = z.output<typeof MediaRules>;

/** One file. Playwright hands at most 50 MB to a page without a file on the disk, and none is put there. */
export const mediaMaxBytes = 48 * 1024 * 1024;

/** Mail servers commonly end at 25 MB for a whole mail, and a file grows by a third in it. */
const mailMaxBytes = 15 * 1024 * 1024;
export const mailMedia: MediaRules = {
  image: { maxBytes: mailMaxBytes },
  video: { maxBytes: mailMaxBytes },
  document: { maxBytes: mailMaxBytes },
};

const images = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'];
const videos = ['video/mp4', 'video/3gpp', 'video/quicktime'];
const office = 'application/vnd.openxmlformats-officedocument.';
const documents = [
  'application/pdf',
  'application/rtf',
  'application/zip',
  'application/epub+zip',
  // Word, Excel and PowerPoint before 2007.
  'application/x-cfb',
  `${office}wordprocessingml.document`,
  `${office}spreadsheetml.sheet`,
  `${office}presentationml.presentation`,
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.presentation',
  'text/plain',
  'text/vcard',
  'text/calendar',
  'audio/mpeg',
  'audio/ogg',
  'audio/opus',
  'audio/mp4',
  'audio/x-m4a',
  'audio/aac',
  'audio/wav',
  'image/heic',
  'image/avif',
  'image/tiff',
  'image/bmp',
  'video/webm',
  'video/matroska',
];

/** What a file of this type is sent as; null: it is not taken. A type that a program would run, or a page could hide in, is in no list. */
export function kindOfType(mimeType: string): MediaKind | null {
  if (images.includes(mimeType)) return 'image';
  if (videos.includes(mimeType)) return 'video';
  return documents.includes(mimeType) ? 'document' : null;
}

/** A rule of a channel that a file breaks: its name, the sentence that a caller reads, and what a dashboard needs to say it in its language. */
export type BrokenRule = {
  rule: 'media_kind' | 'media_type' | 'media_size';
  sentence: string;
  kind: MediaKind;
  maxBytes: number;
  types: readonly string[];
};

/** Whether a channel takes a file; `title` is what the channel is called. */
export function brokenRule(rules: MediaRules, file: { kind: MediaKind; mimeType: string; bytes: number }, title: string): BrokenRule | null {
  const { kind } = file;
  const rule = rules[kind];
  const types = (rule?.types ?? []).map(shortType);
  const broken = (name: BrokenRule['rule'], sentence: string) => ({ rule: name, sentence, kind, maxBytes: rule?.maxBytes ?? 0, types });
  if (!rule) return broken('media_kind', `${title} takes no ${plurals[kind]} from Patchbay.`);
  if (rule.types && !rule.types.includes(file.mimeType))
    return broken('media_type', `${title} takes ${plurals[kind]} as ${types.join(', ')}; this one is ${shortType(file.mimeType)}.`);
  if (file.bytes > rule.maxBytes)
    return broken('media_size', `${title} takes ${plurals[kind]} of at most ${megabytes(rule.maxBytes)}; this one has ${megabytes(file.bytes)}.`);
  return null;
}

const plurals: Record<MediaKind, string> = { image: 'images', video: 'videos', document: 'documents' };
const shortType = (type: string): string => (type.split('/')[1] ?? type).toUpperCase();
/** Never rounded down to the limit that it breaks. */
const megabytes = (bytes: number): string => `${Math.ceil((bytes / 1024 / 1024) * 10) / 10} MB`;

export type MediaPlace = { workspaceId: string; mediaId: string };
/** A small picture of a picture, as WebP. */
export type Thumbnail = { content: Buffer; width: number; height: number };
/** Where the bytes of files lie. What may be read, and how much of it there may be, is decided before it. */
export interface MediaStore {
  put(place: MediaPlace, content: Uint8Array): Promise<void>;
  /** In parts, in order. Throws `broken` when something is missing or was changed. */
  read(place: MediaPlace): AsyncIterable<Buffer>;
  putThumbnail(place: MediaPlace, thumbnail: Thumbnail): Promise<void>;
  /** Throws `not_found` where there is none. */
  readThumbnail(place: MediaPlace): Promise<Buffer>;
  /** Of files whose rows are gone. */
  remove(places: readonly MediaPlace[]): Promise<void>;
}
