/**
 * Reads the files in which Prosody's internal storage keeps archived messages. They are Lua, but only `item({ … });` with
 * strings, numbers, booleans and nested tables, one after the other, so reading them needs neither Lua nor a question to the server.
 */
export interface ArchivedMessage {
  /** The id that the sending client gave the message. */
  id: string;
  /** The id under which Prosody archived it. */
  archiveId: string;
  from: string;
  to: string;
  body: string;
  /** Whole seconds: Prosody stores no more. */
  at: Date;
}

type LuaValue = string | number | boolean | LuaTable;
interface LuaTable {
  list: LuaValue[];
  named: Map<string, LuaValue>;
}

/** Messages with a text, in the order in which the server took them; receipts and typing notices are left out. */
export function readArchive(source: string, peer: string): ArchivedMessage[] {
  // The server may be in the middle of writing the last item.
  const complete = source.slice(0, source.lastIndexOf('\n});\n') + 4);
  const lexer = { source: complete, at: 0 };
  const messages: ArchivedMessage[] = [];
  while (skipTo(lexer, 'item(')) {
    const item = readTable(lexer);
    const message = messageOf(item);
    if (message && textAt(item, 'with') === peer) messages.push(message);
  }
  return messages;
}

function messageOf(item: LuaTable): ArchivedMessage | undefined {
  const body = item.list.find((child): child is LuaTable => isTable(child) && textAt(child, 'name') === 'body');
  const attributes = item.named.get('attr');
  const when = item.named.get('when');
  if (!body || !isTable(attributes) || typeof when !== 'number') return undefined;
  const [text] = body.list;
  return {
    id: textAt(attributes, 'id'),
    archiveId: textAt(item, 'key'),
    from: textAt(attributes, 'from'),
    to: textAt(attributes, 'to'),
    body: typeof text === 'string' ? text : '',
    at: new Date(when * 1000),
  };
}

function isTable(value: LuaValue | undefined): value is LuaTable {
  return typeof value === 'object';
}

function textAt(table: LuaTable, name: string): string {
  const value = table.named.get(name);
  return typeof value === 'string' ? value : '';
}

interface Lexer {
  readonly source: string;
  at: number;
}

function skipTo(lexer: Lexer, mark: string): boolean {
  const found = lexer.source.indexOf(mark, lexer.at);
  if (found < 0) return false;
  lexer.at = found + mark.length;
  return true;
}

function take(lexer: Lexer, pattern: RegExp): string | undefined {
  pattern.lastIndex = lexer.at;
  const match = pattern.exec(lexer.source);
  if (!match) return undefined;
  lexer.at = pattern.lastIndex;
  return match[1] ?? match[0];
}

const space = /\s*/y;
const key = /\["((?:[^"\\]|\\[\s\S])*)"\]\s*=\s*/y;
const string = /"((?:[^"\\]|\\[\s\S])*)"/y;
const word = /true|false|-?[\d.]+(?:e[+-]?\d+)?/y;

function readTable(lexer: Lexer): LuaTable {
  const table: LuaTable = { list: [], named: new Map() };
  if (take(lexer, /\s*\{/y) === undefined) throw unreadable(lexer);
  while (take(lexer, /\s*\}/y) === undefined) {
    take(lexer, space);
    const name = take(lexer, key);
    const value = readValue(lexer);
    if (name === undefined) table.list.push(value);
    else table.named.set(unquote(name), value);
    take(lexer, /\s*[;,]/y);
  }
  return table;
}

function readValue(lexer: Lexer): LuaValue {
  if (lexer.source[lexer.at] === '{') return readTable(lexer);
  const text = take(lexer, string);
  if (text !== undefined) return unquote(text);
  const plain = take(lexer, word);
  if (plain === undefined) throw unreadable(lexer);
  if (plain === 'true' || plain === 'false') return plain === 'true';
  return Number(plain);
}

const letters: Record<string, string> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' };

/** Lua writes bytes beyond ASCII as decimal numbers (`\195\164`), so the text is put together as bytes. */
function unquote(text: string): string {
  const bytes = text.replace(/\\(\d{1,3}|[\s\S])/g, (_whole, escaped: string) => {
    if (/^\d/.test(escaped)) return String.fromCharCode(Number(escaped));
    return letters[escaped] ?? escaped;
  });
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function unreadable(lexer: Lexer): Error {
  return new Error(`Prosody's archive is not written as expected near ${JSON.stringify(lexer.source.slice(lexer.at, lexer.at + 60))}`);
}
