import { expect, test } from 'vitest';
import { foundParts } from './found-words.ts';

const marked = (text: string, searched: string) =>
  foundParts(text, searched)
    .map((part) => (part.isFound ? `[${part.text}]` : part.text))
    .join('');

test('what was searched for is marked in the words as they were written', () => {
  expect(marked('Der Schlüssel liegt in der Straße', 'schlussel strass')).toBe('Der [Schlüssel] liegt in der [Straße]');
  expect(marked('Ещё раз: посылка пришла', 'еще ПОСЫЛ')).toBe('[Ещё] раз: [посылка] пришла');
  expect(marked('明日の配達は何時ですか', '配達')).toBe('明日の[配達]は何時ですか');
  expect(marked('Nothing here', 'parcel')).toBe('Nothing here');
});

test('a long text is shown around the first word that was found', () => {
  const text = `${'word '.repeat(60)}parcel ${'word '.repeat(60)}`;
  const shown = marked(text, 'parcel');
  expect(shown).toContain('[parcel]');
  expect(shown.startsWith('… ')).toBe(true);
  expect(shown.endsWith(' …')).toBe(true);
  expect(shown.length).toBeLessThan(200);
});
