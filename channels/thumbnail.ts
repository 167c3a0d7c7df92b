import type { MediaPlace, MediaStore, Thumbnail } from '#core/media.ts';

/** Twice what a conversation shows, for screens of high density. */
const side = 640;
/** A picture of more unpacks to hundreds of megabytes; cameras of phones make 12 to 50 million. */
const mostPixels = 50_000_000;
const mostSeconds = 10;
/** Noise that is half transparent comes to 700,000; more than 300,000, sealed, is not stored. */
const mostBytes = 250_000;
const loaders: Record<string, string> = {
  'image/jpeg': 'VipsForeignLoadJpegBuffer',
  'image/png': 'VipsForeignLoadPngBuffer',
  'image/webp': 'VipsForeignLoadWebpBuffer',
  'image/gif': 'VipsForeignLoadNsgifBuffer',
};

type File = { mimeType: string; content: Buffer };

/** Stores a file, and beside it the small picture of a large one. */
export async function storeMedia(store: MediaStore, place: MediaPlace, file: File): Promise<void> {
  await store.put(place, file.content);
  const thumbnail = await thumbnailOf(file);
  if (thumbnail) await store.putThumbnail(place, thumbnail);
}

/** Null for what is no picture, is broken, or would take too much to look at: it is shown by its name then. */
export async function thumbnailOf({ mimeType, content }: File): Promise<Thumbnail | null> {
  if (!(mimeType in loaders)) return null;
  const sharp = await loadSharp();
  try {
    const options = { limitInputPixels: mostPixels, failOn: 'error', sequentialRead: true } as const;
    const { data, info } = await sharp(content, options)
      .autoOrient()
      .resize(side, side, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 78 })
      .timeout({ seconds: mostSeconds })
      .toBuffer({ resolveWithObject: true });
    return data.length > mostBytes ? null : { content: data, width: info.width, height: info.height };
  } catch {
    return null;
  }
}

let loaded: Promise<typeof import('sharp').default> | null = null;

/** Loaded for the first picture: a start does not wait for it. It reads these four formats only, one picture on one core, and remembers none. */
function loadSharp() {
  loaded ??= import('sharp').then(({ default: sharp }) => {
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({ operation: Object.values(loaders) });
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  });
  return loaded;
}
