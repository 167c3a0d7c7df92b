import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '#core/failure.ts';
import { mediaMaxBytes } from '#core/media.ts';
import { askGraph, type GraphPlace, userAgent } from './graph.ts';

const Described = z.looseObject({ url: z.string(), sha256: z.string().optional(), file_size: z.coerce.number().optional().catch(undefined) });

/** Meta's own places for files; an address elsewhere came from nobody we trust. */
const homes = /(^|\.)(fbcdn\.net|fbsbx\.com|facebook\.com|whatsapp\.net|cdninstagram\.com|instagram\.com)$/;
const downloadMs = 60_000;
const mostHops = 3;

/** The bytes of a file that came in, by its id or its address. Throws `unsupported_format` for what is not to be had, or is not what was told. */
export async function downloadFile(
  place: GraphPlace,
  file: { fileId: string | null; url: string | null; sha256: string | null },
  signal: AbortSignal,
): Promise<Buffer> {
  const { url, sha256, isOpen } = file.fileId ? await describe(place, file.fileId, signal) : { url: file.url ?? '', sha256: undefined, isOpen: true };
  const content = await fetchFile(place, { url, isOpen }, signal);
  const expected = sha256 ?? file.sha256;
  // Some platforms write it in hex, others in base64.
  const sum = createHash('sha256').update(content);
  const [hex, base64] = [sum.copy().digest('hex'), sum.digest('base64')];
  if (expected && expected !== hex && expected !== base64)
    throw new Failure('unsupported_format', 'The file is not the one that the platform told of.');
  return content;
}

async function describe(place: GraphPlace, fileId: string, signal: AbortSignal) {
  const { url, sha256, file_size: bytes } = Described.parse(await askGraph(place, { path: fileId }, signal));
  if (bytes !== undefined && bytes > mediaMaxBytes) throw tooLarge();
  return { url, sha256, isOpen: false };
}

async function fetchFile(place: GraphPlace, { url, isOpen }: { url: string; isOpen: boolean }, signal: AbortSignal): Promise<Buffer> {
  // An address that is open to everybody gets no token.
  const headers = { 'user-agent': userAgent, ...(!isOpen && place.token && { authorization: `Bearer ${place.token}` }) };
  const response = await follow(place, { url, headers, signal: AbortSignal.any([signal, AbortSignal.timeout(downloadMs)]) });
  if (!response.ok || !response.body) throw new Failure('platform_unreachable', `The file could not be fetched: HTTP ${response.status}.`);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body) {
    bytes += part.length;
    if (bytes > mediaMaxBytes) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

type Following = { url: string; headers: Record<string, string>; signal: AbortSignal };

/** Also where an answer leads further, it leads no further than the platform: an address inside this network is never asked. */
async function follow(place: GraphPlace, { url, headers, signal }: Following, hops = mostHops): Promise<Response> {
  const { protocol, hostname, origin } = new URL(url);
  const isOfGraph = origin === new URL(place.host).origin;
  if (!isOfGraph && !(protocol === 'https:' && homes.test(hostname)))
    throw new Failure('unsupported_format', 'The file does not lie with the platform, so it is not fetched.');
  const response = await fetch(url, { headers, redirect: 'manual', signal }).catch((error: unknown) => {
    throw new Failure('platform_unreachable', 'The file could not be fetched.', { cause: error });
  });
  const next = response.headers.get('location');
  if (response.status < 300 || response.status > 399 || next === null || hops === 0) return response;
  await response.body?.cancel();
  // The address it leads to has what it needs in itself.
  return follow(place, { url: new URL(next, url).href, headers: { 'user-agent': userAgent }, signal }, hops - 1);
}

const tooLarge = (): Failure => new Failure('too_large', 'The file is larger than what is kept.');
