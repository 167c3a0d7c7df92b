import { expect, test } from 'vitest';
import { proxySentence } from './proxy-trouble.ts';

test('a code has its sentence, with what it is about; a sentence stays one', () => {
  expect(proxySentence('proxy_cut')).toBe('The proxy cut the connection.');
  expect(proxySentence('proxy_odd:418')).toBe('The proxy answers as no proxy should: with status 418.');
  expect(proxySentence('It said: no.')).toBe('It said: no.');
});
