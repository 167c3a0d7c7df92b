/** A mail or a part of one, as far as reports need it. */
export type MimePart = {
  headers: readonly Header[];
  /** Lower-case, such as `message/delivery-status`. */
  type: string;
  parameters: Readonly<Record<string, string>>;
  /** The text inside, decoded; of a multipart what stands before its first part. */
  body: string;
  parts: MimePart[];
};
type Header = { name: string; value: string };

/** Nobody nests deeper than this to say that a mail was not delivered. */
const deepest = 8;
/** A report is short; what comes after this is the mail that it returns. */
const mostLetters = 4_000_000;
/** Enough for the ids of a long conversation. */
const mostOfHeader = 8000;

/**
 * Takes a mail apart without demanding that it is well-formed: reports come from old programs, cut off, with lines of any ending. Never throws.
 * `raw` is one letter per byte (latin1), so that a part can be decoded in its own charset.
 */
export function readMime(raw: string): MimePart {
  const text = raw.slice(0, mostLetters).replaceAll(/\r\n?/g, '\n');
  // A mailbox file puts a line of its own above each mail.
  return readPart(text.replace(/^(?:>?From .*\n|\n)+/, ''), 0, 'text/plain');
}

/** The value of a header, unfolded; empty where there is none. */
export function headerOf(part: MimePart, name: string): string {
  return part.headers.find((header) => header.name === name)?.value ?? '';
}

export const headersOf = (part: MimePart, ...names: string[]): string[] =>
  part.headers.filter((header) => names.includes(header.name)).map((header) => header.value);

/** Every part, parents before children. */
export function* eachPart(part: MimePart): Generator<MimePart> {
  yield part;
  for (const inner of part.parts) yield* eachPart(inner);
}

function readPart(text: string, depth: number, usualType: string): MimePart {
  const { headers, body } = splitHeaders(text);
  const { value, parameters } = parametersOf(headers.find((header) => header.name === 'content-type')?.value ?? '');
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(value) ? value : usualType;
  const part: MimePart = { headers, type, parameters, body, parts: [] };
  if (depth >= deepest) return part;
  const { boundary } = parameters;
  if (type.startsWith('multipart/') && boundary) {
    const [before = '', ...pieces] = splitAt(body, body.includes(`--${boundary}`) ? boundary : boundaryIn(body));
    const inside = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
    return { ...part, body: before, parts: pieces.map((piece) => readPart(piece, depth + 1, inside)) };
  }
  const decoded = decodeBody(part);
  const isMail = type === 'message/rfc822' || type === 'text/rfc822-headers' || type === 'message/global';
  return { ...part, body: decoded, parts: isMail ? [readPart(decoded.replace(/^\n+/, ''), depth + 1, 'text/plain')] : [] };
}

/** Fields up to the first empty line. Also those of a delivery status, which is written in the same way. */
export function splitHeaders(text: string): { headers: Header[]; body: string } {
  const headers: Header[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('\n');
    const line = end < 0 ? rest : rest.slice(0, end);
    const field = /^([!-9;-~]+)[ \t]*:[ \t]*(.*)$/.exec(line);
    const last = headers.at(-1);
    if (line.trim() === '') return { headers, body: rest.slice(line.length + 1) };
    if (/^[ \t]/.test(line) && last) {
      if (last.value.length < mostOfHeader) last.value = `${last.value} ${line.trim()}`.trim().slice(0, mostOfHeader);
    } else if (field) headers.push({ name: (field[1] ?? '').toLowerCase(), value: (field[2] ?? '').trim().slice(0, mostOfHeader) });
    // A line that is no field begins the text; between fields it is one that somebody broke.
    else if (headers.length === 0) return { headers, body: rest };
    rest = end < 0 ? '' : rest.slice(end + 1);
  }
  return { headers, body: '' };
}

function parametersOf(header: string): { value: string; parameters: Record<string, string> } {
  const [value = ''] = header.split(';', 1);
  const parameters: Record<string, string> = {};
  for (const [, name = '', quoted, bare = ''] of header.matchAll(/;\s*([\w*-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s;]+))/g)) {
    parameters[name.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, '$1') ?? bare;
  }
  return {
    value: value
      .replace(/\(.*\)/, '')
      .trim()
      .toLowerCase(),
    parameters,
  };
}

function splitAt(body: string, boundary: string): string[] {
  const pieces: string[][] = [[]];
  const mark = `--${boundary.trimEnd()}`;
  for (const line of body.split('\n')) {
    if (line.startsWith(mark)) {
      const after = line.slice(mark.length).trim();
      if (after === '--') break;
      if (after === '') {
        pieces.push([]);
        continue;
      }
    }
    pieces.at(-1)?.push(line);
  }
  return pieces.map((lines) => lines.join('\n'));
}

/** The header may name a line that the body does not have: relays rewrite one of them. */
const boundaryIn = (body: string): string => /^--(\S.*)\n(?:content-|\n)/im.exec(body)?.[1] ?? '\n';

function decodeBody(part: MimePart): string {
  const encoding = headerOf(part, 'content-transfer-encoding').toLowerCase();
  const isPlain = encoding !== 'base64' && encoding !== 'quoted-printable';
  const charset = part.parameters.charset ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII needs no decoding
  if (isPlain && (charset === '' || /^(us-)?ascii$/i.test(charset)) && /^[\x00-\x7f]*$/.test(part.body)) return part.body;
  const bytes = encoding === 'base64' ? Buffer.from(part.body, 'base64') : Buffer.from(isPlain ? part.body : unquote(part.body), 'latin1');
  return decodeText(bytes, charset).replaceAll(/\r\n?/g, '\n');
}

/** Quoted-printable; one letter per byte. */
export const unquote = (text: string): string =>
  text.replaceAll(/[ \t]*=[ \t]*\n/g, '').replaceAll(/=([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Text in whatever charset it names; unknown names and none are UTF-8 where that fits, else one letter per byte. */
export function decodeText(bytes: Buffer, charset: string): string {
  for (const name of [charset, 'utf-8']) {
    try {
      return new TextDecoder(name, { fatal: name === 'utf-8' }).decode(bytes);
    } catch {
      // A RangeError: no such charset. A TypeError: not UTF-8.
    }
  }
  return bytes.toString('latin1');
}

/** Mail addresses in a header or a line. */
export function addressesIn(text: string): string[] {
  const found = text.match(/(?:"[^"\s]{1,64}"|[^\s<>()[\]"',;:@\\]{1,64})@[^\s<>()[\]"',;:@\\]{1,253}/g) ?? [];
  return found.map((address) => address.replace(/[.]+$/, ''));
}

/** Ids of mails, with their angle brackets. */
export const messageIdsIn = (text: string): string[] => text.match(/<[^<>\s]{3,300}>/g) ?? [];
