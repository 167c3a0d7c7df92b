/**
 * Whether an address belongs to everybody. What people type into a field, and what a name resolves to, may lead inside the network that Patchbay
 * runs in: to the machine itself, to its neighbours, to the page of a cloud that hands out its keys. Those are refused unless they are admitted.
 */
export type AddressRange = { bytes: readonly number[]; bits: number };

const range = (text: string): AddressRange => {
  const read = readRange(text);
  if (!read) throw new TypeError(`${text} is not a range of addresses`);
  return read;
};

/** IANA's registries of special addresses (RFC 6890 and later): what they do not call globally reachable. */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map(range);
/** Of IPv6 only 2000::/3 is given out; these parts of it are not for everybody. */
const global6 = range('2000::/3');
const special6 = ['2001::/23', '2001:db8::/32', '3fff::/20'].map(range);
/**
 * Their last 32 bits, or those after the prefix, are an IPv4 address that a gateway takes for the real one. Of 64:ff9b:1::/48 nobody can tell which
 * bits those are (RFC 8215): it is not public at all.
 */
const carriers: readonly { of: AddressRange; at: number }[] = [
  { of: range('::ffff:0:0/96'), at: 12 },
  { of: range('::ffff:0:0:0/96'), at: 12 },
  { of: range('64:ff9b::/96'), at: 12 },
  { of: range('2002::/16'), at: 2 },
  { of: range('::/96'), at: 12 },
];

/** `text` is an address as the system writes it, not a name. What cannot be read is not public. */
export function isPublicAddress(text: string, admitted: readonly AddressRange[] = []): boolean {
  const bytes = readAddress(text);
  if (!bytes) return false;
  if (admitted.some((one) => holds(one, bytes))) return true;
  if (bytes.length === 4) return !special4.some((one) => holds(one, bytes));
  const carrier = carriers.find(({ of }) => holds(of, bytes));
  if (carrier) return isPublicAddress(bytes.slice(carrier.at, carrier.at + 4).join('.'), admitted);
  return holds(global6, bytes) && !special6.some((one) => holds(one, bytes));
}

/** An address, or an address and the number of its bits that count: `10.0.0.0/8`. Null: it is neither. */
export function readRange(text: string): AddressRange | null {
  const [address = '', given, ...more] = text.trim().split('/');
  const bytes = readAddress(address);
  if (!bytes || more.length > 0) return null;
  const bits = given === undefined ? bytes.length * 8 : Number(given);
  return /^\d{0,3}$/.test(given ?? '') && given !== '' && bits <= bytes.length * 8 ? { bytes, bits } : null;
}

function holds({ bytes, bits }: AddressRange, address: readonly number[]): boolean {
  if (bytes.length !== address.length) return false;
  return bytes.every((byte, at) => {
    const counted = Math.max(0, Math.min(8, bits - at * 8));
    const mask = (0xff << (8 - counted)) & 0xff;
    return (byte & mask) === ((address[at] ?? 0) & mask);
  });
}

function readAddress(text: string): number[] | null {
  const plain = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  return plain.includes(':') ? read6(plain) : read4(plain);
}

/** Four decimal numbers and nothing else: a leading zero means octal to some readers and decimal to others. */
function read4(text: string): number[] | null {
  const parts = text.split('.');
  const isPlain = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return isPlain ? parts.map(Number) : null;
}

function read6(text: string): number[] | null {
  const dotted = /^(.*:)([\d.]+\.[\d.]+)$/.exec(text);
  const tail = dotted?.[2] === undefined ? [] : read4(dotted[2]);
  if (tail === null) return null;
  const halves = (dotted?.[1] === undefined ? text : dotted[1].replace(/([^:]):$/, '$1')).split('::');
  const [head, end] = [halves[0] ?? '', halves[1]].map((half) => (half ? half.split(':') : []));
  if (halves.length > 2 || !head || !end || ![...head, ...end].every((group) => /^[\da-f]{1,4}$/i.test(group))) return null;
  const missing = 8 - head.length - end.length - tail.length / 2;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...end].map((group) => Number.parseInt(group, 16));
  return [...groups.flatMap((group) => [group >> 8, group & 0xff]), ...tail];
}
