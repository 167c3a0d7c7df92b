import { parseEmail, parsePhone } from '#core/address.ts';
import type { ImportMapping } from '#core/api/lists.ts';
import { Failure } from '#core/failure.ts';
import { foldName } from '#core/template-syntax.ts';
import type { Header } from './header.ts';
import { meaningOf } from './headings.ts';
import { type Cell, isBlank, type SheetRow } from './sheet.ts';

const single = ['phone', 'email', 'jid', 'handle', 'name', 'zone'] as const;

/** A mapping by headings in twelve languages; where no heading names an address, by what most cells of a column are. */
export function suggestMapping({ columns }: Header, rows: readonly SheetRow[], defaultCountry: string): ImportMapping {
  const mapping: ImportMapping = { fields: {} };
  for (const column of columns) {
    const meaning = meaningOf(column);
    const target = single.find((one) => one === meaning);
    if (target && mapping[target] === undefined) mapping[target] = column;
  }
  if (!mapping.phone && !mapping.email && !mapping.jid && !mapping.handle) guessAddresses(mapping, { columns, rows, defaultCountry });
  return { ...mapping, fields: otherFields(columns, mapping) };
}

/** The given mapping with every column it leaves out as a merge field. Throws `invalid_input` when it names a column that is not there. */
export function completeMapping({ columns }: Header, given: ImportMapping): ImportMapping {
  const find = (name: string) => columns.find((column) => column === name) ?? columns.find((column) => foldName(column) === foldName(name));
  const wrong: Record<string, string> = {};
  const mapping: ImportMapping = { fields: {} };
  for (const target of single) {
    const name = given[target];
    const column = name === undefined ? undefined : find(name);
    if (name !== undefined && column === undefined) wrong[`mapping.${target}`] = `There is no column ${name}.`;
    if (column !== undefined) mapping[target] = column;
  }
  const renamed = Object.entries(given.fields).map(([name, field]) => {
    const column = find(name);
    if (column === undefined) wrong[`mapping.fields.${name}`] = `There is no column ${name}.`;
    return [column ?? name, foldName(field)] as const;
  });
  if (!mapping.phone && !mapping.email && !mapping.jid && !mapping.handle)
    wrong.mapping = 'names no column with addresses: phone, email, jid or handle';
  if (Object.keys(wrong).length > 0) throw new Failure('invalid_input', Object.values(wrong)[0], { fields: wrong });
  return { ...mapping, fields: { ...otherFields(columns, mapping), ...Object.fromEntries(renamed) } };
}

function otherFields(columns: readonly string[], mapping: ImportMapping): Record<string, string> {
  const taken = new Set(single.map((target) => mapping[target]));
  const others = columns.filter((column) => !taken.has(column)).map((column) => [column, meaningOfField(column)] as const);
  return Object.fromEntries(others.filter(([, field]) => field !== ''));
}

/** A column headed Vorname is the merge field first_name; any other keeps its own heading. */
function meaningOfField(column: string): string {
  const meaning = meaningOf(column);
  return meaning === 'first_name' || meaning === 'last_name' ? meaning : foldName(column).slice(0, 80);
}

type Guess = { columns: readonly string[]; rows: readonly SheetRow[]; defaultCountry: string };

function guessAddresses(mapping: ImportMapping, { columns, rows, defaultCountry }: Guess): void {
  const share = (at: number, fits: (cell: Cell) => boolean) => {
    const cells = rows.map((row) => row.cells[at] ?? null).filter((cell) => !isBlank(cell));
    return cells.length === 0 ? 0 : cells.filter(fits).length / cells.length;
  };
  const isEmail = (cell: Cell) => typeof cell === 'string' && parseEmail(cell).is === 'email';
  const isPhone = (cell: Cell) => (typeof cell === 'string' || typeof cell === 'number') && parsePhone(cell, defaultCountry).is === 'phone';
  const isText = (cell: Cell) => typeof cell === 'string' && /\p{L}/u.test(cell) && !isEmail(cell);
  const best = (fits: (cell: Cell) => boolean) => {
    const shares = columns
      .map((column, at) => ({ column, share: share(at, fits) }))
      .filter(({ column }) => !single.some((one) => mapping[one] === column));
    const first = shares.toSorted((a, b) => b.share - a.share)[0];
    return first && first.share > 0.5 ? first.column : undefined;
  };
  mapping.email = best(isEmail);
  mapping.phone = best(isPhone);
  if (mapping.name === undefined) mapping.name = best(isText);
}
