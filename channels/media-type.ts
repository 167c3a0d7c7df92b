import { isUtf8 } from 'node:buffer';
import { Failure } from '#core/failure.ts';
import { kindOfType, type MediaKind } from '#core/media.ts';
/** A file as somebody sent it. */
export type NamedFile = { name: string; content: Buffer };

type KnownMedia = { name: string; kind: MediaKind; mimeType: string };

/** Endings under which a type is known besides its own. */
const endings: Record<string, readonly string[]> = {
  jpg: ['jpg', 'jpeg'],
  cfb: ['doc', 'xls', 'ppt', 'msg'],
  txt: ['txt', 'csv', 'tsv', 'md', 'log'],
  mp4: ['mp4', 'm4v'],
  m4a: ['m4a', 'm4b'],
  tif: ['tif', 'tiff'],
  oga: ['ogg', 'oga', 'opus'],
};

/** What a file is by its bytes, and a name that does not say otherwise. Throws `invalid_input` or `unsupported_format`. */
export async function typeOfMedia({ name, content }: NamedFile): Promise<KnownMedia> {
  if (content.length === 0) throw new Failure('invalid_input', 'The file is empty.', { fields: { file: 'is empty' } });
  // Loaded for the first file: a start does not wait for it.
  const { fileTypeFromBuffer } = await import('file-type');
  const found = (await fileTypeFromBuffer(content)) ?? (isPlainText(content) ? { ext: 'txt', mime: 'text/plain' } : null);
  // Some types come with their codecs: "audio/ogg; codecs=opus".
  const mimeType = found?.mime.split(';')[0] ?? '';
  const kind = kindOfType(mimeType);
  if (!found || !kind) {
    const sentence = found
      ? `Files of this type are not sent (${mimeType}).`
      : 'What this file is could not be told from its content, so it is not sent.';
    throw new Failure('unsupported_format', sentence, { fields: { file: found ? `is ${mimeType}` : 'is of no known type' } });
  }
  return { name: nameFor(name, found.ext), kind, mimeType };
}

/** Text without signs that only programs write, and nothing that a browser would take for a page or a picture with scripts. */
function isPlainText(content: Buffer): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  return isUtf8(content) && !/[\u0000-\u0008\u000e-\u001f]/.test(content.toString('utf8')) && !/^\ufeff?\s*</.test(content.toString('utf8', 0, 512));
}

/** A name without folders and signs that no file system wants; its ending is that of the type, so that nobody opens something else than they see. */
function nameFor(typed: string, ext: string): string {
  const bare = typed.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this takes out
  const clean = bare.replaceAll(/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069<>:"|?*]/g, '').trim();
  const known = endings[ext] ?? [ext];
  const ending = /\.([^.]+)$/.exec(clean)?.[1]?.toLowerCase() ?? '';
  const name = clean.slice(0, 190) || 'file';
  return known.includes(ending) && clean.length <= 190 ? name : `${name}.${known[0]}`;
}
