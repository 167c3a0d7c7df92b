import { Failure } from '#core/failure.ts';

/** What is told of a document, in its order. Names come without their prefix; an element that closes itself is opened and closed. */
export type XmlHearer = {
  open(name: string, attributes: string): void;
  close(name: string): void;
  /** The text before a tag, entities resolved. */
  text(text: string): void;
  /** Whether anybody wants the next text: most of a sheet's is white space. */
  hears(): boolean;
};

const broken = () => new Failure('invalid_input', 'The sheet cannot be read. Open it, save it again as .xlsx, and try once more.');
/** A tag or a text that goes on for longer is neither. */
const longest = 1_000_000;

/** Reads a document that arrives in pieces, and keeps no more of it than one tag or text. Nothing outside of it is ever asked for. */
export async function readXml(pieces: AsyncIterable<Buffer>, hearer: XmlHearer): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    const text = rest + decoder.decode(piece, { stream: true });
    rest = text.slice(take(text, hearer));
    if (rest.length > longest) throw new Failure('too_large', `A cell of the sheet is longer than ${longest} characters.`);
  }
  if (rest.includes('<')) throw broken();
}

/** Takes whole tags with the texts before them; answers from where on the text has to wait for its next piece. */
function take(text: string, hearer: XmlHearer): number {
  for (let at = 0; ; ) {
    const start = text.indexOf('<', at);
    const end = start < 0 ? -1 : endOf(text, start);
    if (end < 0) return at;
    if (start > at && hearer.hears()) hearer.text(resolve(text.slice(at, start)));
    takeTag(text, { start, end }, hearer);
    at = end + 1;
  }
}

/** Where the tag that begins at `start` ends, or -1. */
function endOf(text: string, start: number): number {
  if (text.charCodeAt(start + 1) !== exclamation) return text.indexOf('>', start);
  if (text.startsWith('<!--', start)) return last(text.indexOf('-->', start), 2);
  if (text.startsWith('<![CDATA[', start)) return last(text.indexOf(']]>', start), 2);
  // The piece may end within the mark itself.
  return text.length - start < 9 ? -1 : text.indexOf('>', start);
}
const last = (found: number, more: number): number => (found < 0 ? -1 : found + more);
const [exclamation, question, slash, colon] = [0x21, 0x3f, 0x2f, 0x3a];

function takeTag(text: string, { start, end }: { start: number; end: number }, hearer: XmlHearer): void {
  const first = text.charCodeAt(start + 1);
  if (first === exclamation) {
    if (text.startsWith('<![CDATA[', start) && hearer.hears()) hearer.text(text.slice(start + 9, end - 2));
    return;
  }
  if (first === question) return;
  if (first === slash) {
    hearer.close(nameIn(text, start + 2, end));
    return;
  }
  const isClosed = text.charCodeAt(end - 1) === slash;
  const name = nameIn(text, start + 1, end);
  const attributes = text.slice(start + 1 + name.length, isClosed ? end - 1 : end);
  if (name === '' || attributes.includes('<')) throw broken();
  hearer.open(name, attributes);
  if (isClosed) hearer.close(name);
}

function nameIn(text: string, start: number, end: number): string {
  let from = start;
  let at = start;
  for (; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === colon) from = at + 1;
    else if (code <= 0x20 || code === slash) break;
  }
  return text.slice(from, at);
}

/** An attribute by its name, or undefined. */
export function attributeOf(attributes: string, name: string): string | undefined {
  // As all programs write it; anything else that XML allows is read more slowly.
  const start = attributes.indexOf(` ${name}="`);
  if (start >= 0) return resolve(attributes.slice(start + name.length + 3, attributes.indexOf('"', start + name.length + 3)));
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes);
  return found ? resolve(found[1] ?? found[2] ?? '') : undefined;
}

function resolve(text: string): string {
  return text.includes('&') ? text.replaceAll(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, resolved) : text;
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Only what XML itself names: entities that a document declares are how a small one becomes a large one. */
function resolved(whole: string, hex: string | undefined, decimal: string | undefined, name: string | undefined): string {
  if (name !== undefined) return entities[name] ?? whole;
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}
