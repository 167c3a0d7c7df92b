import { Failure } from '#core/failure.ts';
import { type Cell, fileLimits, isBlank, type SheetRow } from './sheet.ts';
import type { WorkbookParts } from './workbook-parts.ts';
import { attributeOf, readXml } from './xml.ts';

/** What spreadsheet programs have at most. */
const lastRow = 1_048_576;

/** Walks the rows of a sheet that have anything in them. What reaches too far is refused: `too_large`. */
export async function readSheetRows(pieces: AsyncIterable<Buffer>, parts: WorkbookParts, onRow: (row: SheetRow) => void): Promise<void> {
  const cellOf = createValueReader(parts);
  let row = 0;
  let column = -1;
  let cells: Cell[] = [];
  let cell = '';
  let text = '';
  let isText = false;
  let isSpoken = false;
  const goToRow = (number: number) => {
    if (!(number <= lastRow)) throw new Failure('too_large', `Something stands in row ${number} of the sheet. Delete what is below the list.`);
    row = number;
  };
  await readXml(pieces, {
    open(name, attributes) {
      if (name === 'c') {
        const address = attributeOf(attributes, 'r');
        column = address === undefined ? column + 1 : columnOf(address) - 1;
        if (address !== undefined && row === 0) goToRow(Number(/\d+$/.exec(address)?.[0] ?? 0));
        cell = attributes;
        text = '';
      } else if (name === 'v' || name === 't') isText = !isSpoken;
      else if (name === 'rPh') isSpoken = true;
      else if (name === 'row') {
        const number = attributeOf(attributes, 'r');
        row = 0;
        if (number !== undefined) goToRow(Number(number));
        column = -1;
        cells = [];
      }
    },
    close(name) {
      if (name === 'v' || name === 't') isText = false;
      else if (name === 'rPh') isSpoken = false;
      else if (name === 'c') {
        // A cell without a value only carries a format, wherever it stands.
        const value = cellOf(cell, text);
        if (value === null) return;
        if (column >= fileLimits.columns) throw new Failure('too_large', farRight);
        while (cells.length < column) cells.push(null);
        cells[column] = value;
      } else if (name === 'row' && !cells.every(isBlank)) onRow({ row, cells });
    },
    hears: () => isText,
    text(more) {
      text += more;
    },
  });
}

const farRight = `The sheet has more than ${fileLimits.columns} columns. Delete what stands far to the right.`;

/** 1 for A, 27 for AA1, 0 for nothing. */
function columnOf(address: string): number {
  let column = 0;
  for (let at = 0; at < address.length; at += 1) {
    const letter = address.charCodeAt(at) - 64;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  return column;
}

function createValueReader({ strings, isDate, is1904 }: WorkbookParts): (cell: string, text: string) => Cell {
  return (cell, text) => {
    const type = attributeOf(cell, 't') ?? 'n';
    if (type === 'e') return text || '#N/A';
    if (text === '') return null;
    if (type === 's') return strings.at(Number(text)) ?? null;
    if (type === 'str' || type === 'inlineStr') return text;
    if (type === 'b') return text === '1' || text === 'true';
    if (type === 'd') return isoOf(Date.parse(/[zZ]|[+-]\d\d:\d\d$/.test(text) || !text.includes('T') ? text : `${text}Z`)) ?? text;
    const number = exactNumber(text);
    if (typeof number === 'string' || !isDate[Number(attributeOf(cell, 's') ?? 0)]) return number;
    return isoOf(Math.round((number - daysTo1970 + (is1904 ? daysTo1904 : 0)) * 86_400) * 1000) ?? number;
  };
}

/** Days from the day before 1900 began, with the 29th of February that Excel gives to that year. */
const daysTo1970 = 25_569;
const daysTo1904 = 1462;

/** An id of more than 15 digits must not be rounded here: it stays text. */
function exactNumber(text: string): number | string {
  const number = Number(text);
  return Number.isNaN(number) || (Number.isInteger(number) && !Number.isSafeInteger(number)) ? text : number;
}

/** A day alone has midnight in a spreadsheet; then only the day is given. Null for what no calendar holds. */
function isoOf(at: number): string | null {
  if (Number.isNaN(at) || Math.abs(at) > 8.64e15) return null;
  const iso = new Date(at).toISOString();
  return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : iso.slice(0, 16);
}
