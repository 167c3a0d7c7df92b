import type { ImportMapping } from '#core/api/lists.ts';

/** What a column of a file is for: an own place of a contact, a field of its own, or nothing. */
export const ownPlaces = ['phone', 'name', 'email', 'jid', 'handle', 'zone'] as const;
export type ColumnUse = (typeof ownPlaces)[number] | 'field' | 'ignore';

/** Columns by their heading, as the file names them. */
export function usesOf(columns: readonly string[], mapping: ImportMapping): ColumnUse[] {
  return columns.map((column) => ownPlaces.find((place) => mapping[place] === column) ?? (column in mapping.fields ? 'field' : 'ignore'));
}

/** The mapping that the uses mean. Of two columns with the same use the first counts; fields keep their suggested names. */
export function mappingOf(columns: readonly string[], uses: readonly ColumnUse[], suggested: ImportMapping): ImportMapping {
  const places = ownPlaces.flatMap((place) => {
    const at = uses.indexOf(place);
    const column = columns[at];
    return column === undefined ? [] : [[place, column]];
  });
  const fields = columns.filter((_, index) => uses[index] === 'field').map((column) => [column, suggested.fields[column] ?? column.slice(0, 80)]);
  return { ...Object.fromEntries(places), fields: Object.fromEntries(fields) };
}

/** Gives a column its use and takes it from the column that had it: each place has one column. */
export function withUse(uses: readonly ColumnUse[], index: number, use: ColumnUse): ColumnUse[] {
  return uses.map((old, at) => {
    if (at === index) return use;
    return old === use && use !== 'field' && use !== 'ignore' ? 'ignore' : old;
  });
}

export const hasAddress = (uses: readonly ColumnUse[]): boolean =>
  uses.some((use) => use === 'phone' || use === 'email' || use === 'jid' || use === 'handle');
