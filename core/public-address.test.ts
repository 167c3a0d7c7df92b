import { expect, test } from 'vitest';
import { isPublicAddress, readRange } from './public-address.ts';

const open = [
  '8.8.8.8',
  '1.1.1.1',
  '172.15.255.255',
  '172.32.0.1',
  '100.63.255.255',
  '192.0.1.1',
  '2606:4700:4700::1111',
  '2a00:1450::8a',
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
];
test.each(open)('%s is for everybody', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

const closed = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '100.100.100.200',
  '192.0.0.192',
  '198.18.0.1',
  '203.0.113.9',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '0:0:0:0:0:0:0:1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::FFFF:169.254.169.254',
  '::ffff:0:10.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::a00:1',
  // 10.0.0.1 to a gateway for the whole of the prefix, 8.8.8.8 to one for its last bits.
  '64:ff9b:1:a00:0:100:808:808',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd00:ec2::254',
  'fec0::1',
  'ff02::1',
  '2001::1',
  '2001:db8::1',
  '3fff::1',
  '100::1',
  '[::1]',
  // No address that the system writes: what others make of it is not asked.
  '0177.0.0.1',
  '0x7f.0.0.1',
  '127.1',
  '2130706433',
  '1.2.3.4.5',
  '8.8.8.256',
  '::1::',
  '1:2:3:4:5:6:7',
  'g::1',
  '',
  'localhost',
];
test.each(closed)('%s is not', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test('what is admitted is reached, in whatever spelling, and nothing beside it', () => {
  const admitted = ['127.0.0.0/8', '10.1.2.3', 'fd00::/16'].map(readRange).filter((one) => one !== null);
  for (const address of ['127.0.0.1', '127.9.9.9', '10.1.2.3', 'fd00::5', '::ffff:127.0.0.1', '64:ff9b::7f00:1'])
    expect(isPublicAddress(address, admitted)).toBe(true);
  for (const address of ['10.1.2.4', 'fd01::5', '::1', '192.168.0.1', '128.0.0.1.']) expect(isPublicAddress(address, admitted)).toBe(false);
});

test('a range is an address and a number of its bits', () => {
  expect(['10.0.0.0/33', '10.0.0.0/', '10.0.0/8', 'x', '10.0.0.0/8/8', '::/129', '10.0.0.0/-1'].map(readRange)).toEqual(Array(7).fill(null));
  expect(readRange('0.0.0.0/0')).toEqual({ bytes: [0, 0, 0, 0], bits: 0 });
});
