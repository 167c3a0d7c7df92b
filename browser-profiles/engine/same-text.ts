import { keysOf } from '#core/pace.ts';

/** Comparing what was meant with what a page shows. */
const marks = /[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;

/** Direction marks gone, one kind of space, lines trimmed at their ends, canonical letters. */
export function normaliseText(text: string, rewrites: Record<string, string> = {}): string {
  const straight = text
    .replace(/\r\n?/g, '\n')
    .replace(marks, '')
    .replace(/[^\S\n]+/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim()
    .normalize('NFC');
  // Longest first, so that ":-))" is not taken for ":-)".
  const pairs = Object.entries(rewrites).sort(([a], [b]) => b.length - a.length);
  // Variation selectors only choose the picture of a sign; pages add and drop them.
  return pairs.reduce((done, [from, to]) => done.replaceAll(from, to), straight).replace(/[\ufe0e\ufe0f]/g, '');
}

/** Whether a bubble shows our text. A bubble that is `cut` ("Read more") shows only a beginning, which must not be a short one. */
export function isSameText(
  shown: string,
  meant: string,
  { rewrites = {}, isCut = false }: { rewrites?: Record<string, string>; isCut?: boolean } = {},
): boolean {
  const [a, b] = [normaliseText(shown, rewrites), normaliseText(meant, rewrites)];
  if (a === b) return true;
  const beginning = a.replace(/(…|\.\.\.)$/, '').trimEnd();
  return isCut && beginning.length >= 100 && b.startsWith(beginning);
}

/** One emoji and nothing else: messengers draw it as a moving picture, and its text stands nowhere. */
export const isOneEmoji = (text: string): boolean => keysOf(text.trim()).length === 1 && /\p{Extended_Pictographic}/u.test(text);

export type AddressedBy = 'phone' | 'jid' | 'handle';

/** One spelling per address: digits, bare JID, handle without @ (or a phone number in its place). */
export function plainAddress(address: string, by: AddressedBy): string {
  const bare = address.replace(marks, '').trim();
  const group = groupIn(bare);
  if (group !== null) return `group:${group}`;
  if (by === 'phone') return bare.replace(/\D/g, '');
  if (by === 'jid') return (bare.split('/')[0] ?? '').toLowerCase();
  if (formOf(bare) === 'phone') return `+${bare.replace(/\D/g, '')}`;
  return bare.replace(/^@/, '').toLowerCase();
}

/** The name in "group:Book club": web messengers show no other address of a group. */
export function groupIn(address: string): string | null {
  const [, name] = /^\s*group:(.+)$/su.exec(address) ?? [];
  return name === undefined ? null : normaliseText(name).replace(/\n/g, ' ');
}

export type AddressForm = 'phone' | 'id' | 'handle';

/** How messengers that take several kinds of address tell them apart. */
export function formOf(address: string): AddressForm {
  if (/^\+[\d\s().-]+$/.test(address.trim())) return 'phone';
  return /^-?\d+$/.test(address.trim()) ? 'id' : 'handle';
}

/** A title that is nothing but a written phone number. */
export const isWrittenPhone = (title: string): boolean => /^\+?[\d\s().\u00a0-]{7,}$/.test(title.replace(marks, '').trim());
