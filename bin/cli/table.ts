/** A heading and what stands under it. */
export type Column<T> = [heading: string, cell: (row: T) => string | number | null | undefined];

/** Rows under headings, for a person. Without rows, one sentence says so. */
export function tableOf<T>(rows: readonly T[], columns: readonly Column<T>[], empty: string): string {
  if (rows.length === 0) return empty;
  const cells = [columns.map(([heading]) => heading), ...rows.map((row) => columns.map(([, cell]) => plain(cell(row) ?? '')))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => widthOf(line[index] ?? ''))));
  return cells
    .map((line) =>
      line
        .map((cell, index) => padded(cell, widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** One thing, field by field; what has no value is left out. */
export function fieldsOf(fields: readonly [name: string, value: string | number | null | undefined][]): string {
  const given = fields.filter(([, value]) => value !== null && value !== undefined && value !== '');
  const width = Math.max(0, ...given.map(([name]) => widthOf(name)));
  return given.map(([name, value]) => `${padded(name, width)}  ${plain(value ?? '')}`).join('\n');
}

/**
 * On one line and without control characters: names and messages come from strangers, and an escape sequence in one
 * must not move the cursor or retitle the window of whoever reads it.
 */
export function plain(value: string | number): string {
  return String(value)
    .replace(/[\t\r\n\v\f]+/g, ' ')
    .replace(/\p{Cc}|\p{Bidi_Control}/gu, '');
}

/** An instant in the reader's zone, short. */
export function clock(instant: string | null): string {
  if (instant === null) return '';
  const at = new Date(instant);
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** "1 person", "2 people". */
export const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

const two = (n: number): string => String(n).padStart(2, '0');
const padded = (cell: string, width: number): string => cell + ' '.repeat(width - widthOf(cell));

/** Columns of a terminal: wide for East Asian signs and emoji, none for marks that sit on the letter before. */
function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += wide.test(segment) ? 2 : 1;
  return width;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const wide = /^(?:[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation})/u;
