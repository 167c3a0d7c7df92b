import { expect, test } from 'vitest';
import { decoyHash, hashPassword, isPassword } from './passwords.ts';

test('a password is known again, another one is not', async () => {
  const stored = await hashPassword('correct horse battery');
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await isPassword('correct horse battery', stored)).toBe(true);
  expect(await isPassword('correct horse batterie', stored)).toBe(false);
});

test('two people with one password have different hashes', async () => {
  expect(await hashPassword('the same letters')).not.toBe(await hashPassword('the same letters'));
});

test('letters composed in another way are the same password', async () => {
  expect(await isPassword('pa\u0301ssword for all', await hashPassword('p\u00e1ssword for all'))).toBe(true);
});

test('nobody signs in against the decoy, and a damaged hash admits nobody', async () => {
  expect(await isPassword('', decoyHash)).toBe(false);
  expect(await isPassword('anything', 'plain')).toBe(false);
});
