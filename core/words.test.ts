import { expect, test } from 'vitest';
import { wordsOf } from './words.ts';

test.each([
  ['Der Schlüssel, Straße 7', ['der', 'schlussel', 'strasse', '7']],
  ['Ещё ОДНА посылка', ['еще', 'одна', 'посылка']],
  ['明日 10時', ['明', '日', '10', '時']],
  ['mail to anna.berg@x.test, can’t', ['mail', 'to', 'anna', 'berg', 'x', 'test', 'can', 't']],
  ['ＷＩＤＥ ｶﾞ', ['wide', 'ガ']],
  ['किताब', ['किताब']],
  ["' & ! :* (", []],
])('the words of “%s”, folded', (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

test('what is far too long for a word is cut', () => {
  expect(wordsOf(`${'x'.repeat(5000)} y`)).toEqual(['x'.repeat(200), 'y']);
});
