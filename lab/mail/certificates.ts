import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

export type Certified = { key: string; cert: string };
export type Authority = {
  /** What a client has to trust, in PEM. */
  cert: string;
  /** A certificate for a host name or an IPv4 address; `daysLeft` below 0: one that has expired. */
  certify(host: string, options?: { daysLeft?: number }): Certified;
};

/** An authority of the lab's own, made anew each time: no private key lies in the repository. RFC 5280 section 4.1, as far as it is needed. */
export function createAuthority(): Authority {
  // A name of its own: two authorities of one name would be taken for each other, and only their signatures would differ.
  const name = `Patchbay lab ${randomBytes(4).toString('hex')}`;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issue = (ask: { subject: string; key: KeyObject; extensions: Buffer[]; daysLeft: number }) =>
    pemOf('CERTIFICATE', certificate({ ...ask, issuer: name, issuerKey: privateKey }));
  return {
    cert: issue({ subject: name, key: publicKey, extensions: [isAuthority], daysLeft: 365 }),
    certify(host, { daysLeft = 30 } = {}) {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return {
        key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        cert: issue({ subject: host, key: own.publicKey, extensions: [alternativeName(host)], daysLeft }),
      };
    },
  };
}

type Ask = { subject: string; key: KeyObject; extensions: Buffer[]; daysLeft: number; issuer: string; issuerKey: KeyObject };

function certificate({ subject, key, extensions, daysLeft, issuer, issuerKey }: Ask): Buffer {
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const end = Date.now() + daysLeft * dayMs;
  const signed = sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    nameOf(issuer),
    sequence(time(end - 400 * dayMs), time(end)),
    nameOf(subject),
    key.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  );
  return sequence(signed, algorithm, bits(sign('sha256', signed, issuerKey)));
}

const dayMs = 86_400_000;

function tagged(tag: number, ...content: Buffer[]): Buffer {
  const bytes = Buffer.concat(content);
  const length = bytes.length < 128 ? [bytes.length] : [0x82, bytes.length >> 8, bytes.length & 255];
  return Buffer.concat([Buffer.of(tag, ...length), bytes]);
}
const sequence = (...content: Buffer[]) => tagged(0x30, ...content);
const integer = (bytes: Buffer) => tagged(0x02, bytes);
const oid = (hex: string) => tagged(0x06, Buffer.from(hex, 'hex'));
const bits = (bytes: Buffer) => tagged(0x03, Buffer.of(0), bytes);
const octets = (bytes: Buffer) => tagged(0x04, bytes);
/** 2026-11-21T16:00:00.000Z as 20261121160000Z. */
const time = (ms: number) => tagged(0x18, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+Z/g, '')}Z`));
const nameOf = (name: string) => sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(name)))));
const isAuthority = sequence(oid('551d13'), tagged(0x01, Buffer.of(255)), octets(sequence(tagged(0x01, Buffer.of(255)))));

function alternativeName(host: string): Buffer {
  const name = isIP(host) ? tagged(0x87, Buffer.from(host.split('.').map(Number))) : tagged(0x82, Buffer.from(host));
  return sequence(oid('551d11'), octets(sequence(name)));
}

function pemOf(label: string, der: Buffer): string {
  return `-----BEGIN ${label}-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`;
}
