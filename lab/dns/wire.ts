/** The part of RFC 1035 section 4 that a stand-in needs: one question in, its answer out. */
export type RecordType = 'A' | 'NS' | 'CNAME' | 'MX' | 'TXT' | 'AAAA';
export type Question = { id: number; name: string; type: number; bytes: Buffer };
export type Answer = { name: string; type: RecordType; value: string };
export type ReplyCode = 'ok' | 'server_failure' | 'no_such_name';

export const typeNumbers: Record<RecordType, number> = { A: 1, NS: 2, CNAME: 5, MX: 15, TXT: 16, AAAA: 28 };
const replyCodes: Record<ReplyCode, number> = { ok: 0, server_failure: 2, no_such_name: 3 };
const headerBytes = 12;
const internet = 1;

/** Null: it is no question, but something else that came to the port. */
export function readQuestion(message: Buffer): Question | null {
  const labels: string[] = [];
  let at = headerBytes;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const end = at + 5;
  if (message.length < end) return null;
  return {
    id: message.readUInt16BE(0),
    name: labels.join('.').toLowerCase(),
    type: message.readUInt16BE(at + 1),
    bytes: message.subarray(headerBytes, end),
  };
}

export function writeReply(question: Question, code: ReplyCode, answers: readonly Answer[]): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(question.id, 0);
  // A response, with recursion desired and available.
  header.writeUInt16BE(0x8180 | replyCodes[code], 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, question.bytes, ...answers.map(recordOf)]);
}

function recordOf({ name, type, value }: Answer): Buffer {
  const content = contentOf(type, value);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(typeNumbers[type], 0);
  fixed.writeUInt16BE(internet, 2);
  fixed.writeUInt16BE(content.length, 8);
  return Buffer.concat([nameOf(name), fixed, content]);
}

/** `10 mx.example.test` for MX; a text of more than 255 bytes comes in pieces. */
function contentOf(type: RecordType, value: string): Buffer {
  if (type === 'A') return Buffer.from(value.split('.').map(Number));
  if (type === 'AAAA') return ipv6Of(value);
  if (type === 'MX') {
    const [preference = '0', exchange = ''] = value.split(' ');
    const number = Buffer.alloc(2);
    number.writeUInt16BE(Number(preference));
    return Buffer.concat([number, nameOf(exchange)]);
  }
  if (type === 'TXT')
    return Buffer.concat((value.match(/.{1,255}/gs) ?? ['']).flatMap((piece) => [Buffer.of(piece.length), Buffer.from(piece, 'latin1')]));
  return nameOf(value);
}

function nameOf(name: string): Buffer {
  const labels = name.split('.').filter(Boolean);
  return Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), Buffer.from(label, 'latin1')]), Buffer.of(0)]);
}

function ipv6Of(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => text.split(':').filter(Boolean);
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)];
  return Buffer.from(all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]));
}
