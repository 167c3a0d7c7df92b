import { describe, expect, test } from 'vitest';
import { matchesPattern, readText } from './read-text.ts';

const labels = [
  { labelId: 'prices', words: ['price', 'цена', 'quanto costa'], pattern: '' },
  { labelId: 'orders', words: [], pattern: String.raw`\b[A-Z]{2}-\d{4,}\b` },
];

describe('a text', () => {
  test.each([
    ['how much does it cost?', 'en', ['price', 'question']],
    ['Was kostet der Versand nach Köln?', 'de', ['price', 'delivery', 'question']],
    ['сколько стоит доставка?', 'ru', ['price', 'delivery', 'question']],
    ['Добрый день', 'ru', ['greeting']],
    ['hello', 'en', ['greeting']],
    ['hola', 'es', ['greeting']],
    ['bonjour, combien ça coûte ?', 'fr', ['greeting', 'price', 'question']],
    ['fiyatı ne kadar?', 'tr', ['price', 'question']],
    ['berapa harganya?', 'id', ['question']],
    ['कितना खर्च होता है', 'hi', []],
    ['I want to speak to a human', 'en', ['person']],
    ['ok', null, []],
  ])('%s is read as %s', async (text, language, intents) => {
    expect(await readText(text, [])).toMatchObject({ language, intents });
  });

  test('holds the labels whose words or pattern stand in it, in any case and with any accents', async () => {
    expect((await readText('Какая ЦЕНА у AB-12345?', labels)).tagIds).toEqual(['prices', 'orders']);
    expect((await readText('priceless', labels)).tagIds).toEqual([]);
  });
});

describe('a pattern', () => {
  test('is matched in linear time, whatever it is', () => {
    // A backtracking engine needs 2^4000 steps: this would never end.
    expect(matchesPattern('^(a+)+$', `${'a'.repeat(4000)}!`)).toBe(false);
  });

  test('that cannot be used says why', () => {
    expect(() => matchesPattern('(a', 'a')).toThrow(/missing closing \)/);
    expect(() => matchesPattern('(?=a)', 'a')).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });
});
