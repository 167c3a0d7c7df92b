import { foldWord, withoutSpaces } from './words.ts';

/** A text in parts: those that were searched for, and what stands between them. */
export type FoundPart = { text: string; isFound: boolean };

/** How much of the text is shown before the first word that was found, and in all. */
const before = 40;
const most = 180;

/** The part of a text around the first word that was searched for, with every such word marked. */
export function foundParts(text: string, searched: string): FoundPart[] {
  const wanted = searched.split(/\s+/u).flatMap((part) => foldWord(part).match(/[\p{L}\p{N}]+/gu) ?? []);
  const hits = [...text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)].flatMap((match) => hitsIn(match[0], match.index, wanted));
  const start = Math.max(0, (hits[0]?.from ?? 0) - before);
  const end = Math.min(text.length, start + most);
  const parts: FoundPart[] = start > 0 ? [{ text: '… ', isFound: false }] : [];
  let at = start;
  for (const { from, to } of hits.filter((hit) => hit.to <= end)) {
    if (from > at) parts.push({ text: text.slice(at, from), isFound: false });
    parts.push({ text: text.slice(from, to), isFound: true });
    at = to;
  }
  return [...parts, { text: text.slice(at, end) + (end < text.length ? ' …' : ''), isFound: false }].filter((part) => part.text !== '');
}

/** Words as a whole, the ends of words that go on, and within scripts without spaces wherever it stands. */
function hitsIn(word: string, at: number, wanted: readonly string[]): { from: number; to: number }[] {
  if (!withoutSpaces.test(word)) return wanted.some((one) => foldWord(word).startsWith(one)) ? [{ from: at, to: at + word.length }] : [];
  return wanted
    .flatMap((one) => {
      const found = foldWord(word).indexOf(one);
      return found < 0 ? [] : [{ from: at + found, to: at + found + one.length }];
    })
    .toSorted((a, b) => a.from - b.from);
}
