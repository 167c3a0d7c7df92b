/** Scripts that put no spaces between words: each sign counts as a word. */
export const withoutSpaces = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]/u;
const wordPattern = new RegExp(`${withoutSpaces.source}|(?:(?!${withoutSpaces.source})[\\p{L}\\p{N}\\p{M}])+`, 'gu');
/** What is longer is no word that anybody looks for, and an index takes no more than 2 kB. */
const longestWord = 200;

/** Case, accents and width do not count. */
export const foldWord = (word: string): string =>
  word
    .replaceAll('ß', 'ss')
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f\u064b-\u065f]/gu, '')
    .normalize('NFKC');

/** The words of a text, folded, in their order. */
export const wordsOf = (text: string): string[] => (foldWord(text).match(wordPattern) ?? []).map((word) => word.slice(0, longestWord));
