import { normalizeAddress } from '#core/address.ts';
import type { ImportMapping } from '#core/api/lists.ts';
import type { AddressKind } from '#core/channel.ts';
import { type FieldRule, readField } from '#core/contact-field.ts';
import { foldName } from '#core/template-syntax.ts';
import { isZone } from '#core/zone.ts';
import type { Header } from './header.ts';
import { type Cell, isBlank, isCellError, type SheetRow } from './sheet.ts';

/** One person out of a file. `typed` is what stood in the cell, `aliases` other numbers of the same line. */
export type Recipient = { row: number; name: string; zone: string | null; fields: Record<string, string>; addresses: RecipientAddress[] };
export type RecipientAddress = { kind: AddressKind; value: string; aliases: string[]; typed: string; column: string };
/** Why a row is left out: the row as the sheet numbers it, the column by its heading, the value as it stood there, a code and a sentence. */
export type Reject = { row: number; column: string | null; value: string | null; code: string; reason: string };
/** A rule about a field, by the name as files and templates spell it. */
export type KeyedRule = FieldRule & { key: string };
export type ReadRow = { is: 'recipient'; recipient: Recipient } | { is: 'rejected'; reject: Reject };

/** In this order a match decides which contact a row is. */
const kinds = ['phone', 'email', 'jid', 'handle'] as const satisfies readonly AddressKind[];
const longest = { name: 200, field: 1000, shown: 200 } as const;

/** Reads rows by one mapping. `read` answers null for a row that is blank. */
export function createRowReader({
  header,
  mapping,
  defaultCountry,
  rules = [],
}: {
  header: Header;
  mapping: ImportMapping;
  defaultCountry: string;
  /** Fields whose values have a kind. */
  rules?: readonly KeyedRule[] | undefined;
}): (row: SheetRow) => ReadRow | null {
  const ruleOf = new Map(rules.map((rule) => [rule.key, rule]));
  const placeOf = new Map(header.columns.map((column, at) => [column, at]));
  const mapped = [...kinds.map((kind) => mapping[kind]), mapping.name, mapping.zone, ...Object.keys(mapping.fields)].filter(
    (column) => column !== undefined,
  );

  return (sheetRow) => {
    const { row, cells } = sheetRow;
    if (cells.every(isBlank)) return null;
    const cellOf = (column: string | undefined): Cell => (column === undefined ? null : (cells[placeOf.get(column) ?? -1] ?? null));
    const rejected = (column: string | null, code: string, reason: string): ReadRow => {
      const cell = column === null ? null : cellOf(column);
      const value = cell === null ? null : beginning(String(cell), longest.shown);
      return { is: 'rejected', reject: { row, column, value, code, reason } };
    };
    const broken = mapped.find((column) => isCellError(cellOf(column)));
    if (broken !== undefined) return rejected(broken, 'cell_error', 'The formula in this cell failed.');
    const addresses: RecipientAddress[] = [];
    for (const kind of kinds) {
      const column = mapping[kind];
      const cell = cellOf(column);
      if (column === undefined || isBlank(cell)) continue;
      const address = normalizeAddress(kind, typeof cell === 'number' ? cell : String(cell), defaultCountry);
      if (address.is === 'address')
        addresses.push({ kind, value: address.value, aliases: address.aliases, typed: beginning(String(cell), 320), column });
      else if (address.code !== 'no_address') return rejected(column, address.code, address.reason);
    }
    if (addresses.length === 0) return rejected(null, 'no_address', 'The row has no address to write to.');
    const zone = textOf(cellOf(mapping.zone));
    if (zone !== '' && !isZone(zone)) return rejected(mapping.zone ?? null, 'zone_invalid', 'This is not a time zone, such as Europe/Berlin.');
    const fields = Object.fromEntries(
      Object.entries(mapping.fields)
        .map(([column, field]) => [field, textOf(cellOf(column))] as const)
        .filter(([, text]) => text !== ''),
    );
    for (const [column, field] of Object.entries(mapping.fields)) {
      const rule = ruleOf.get(foldName(field));
      const kept = rule && fields[field] !== undefined ? readField(rule, fields[field]) : null;
      if (kept?.is === 'refused') return rejected(column, 'field_invalid', `This ${kept.reason}.`);
      if (kept) fields[field] = kept.value;
    }
    const name = nameOf(textOf(cellOf(mapping.name)), fields);
    const long = Object.entries(mapping.fields).find(([, field]) => (fields[field]?.length ?? 0) > longest.field);
    if (long) return rejected(long[0], 'too_long', `This is longer than ${longest.field} characters.`);
    if (name.length > longest.name) return rejected(mapping.name ?? null, 'too_long', `A name has up to ${longest.name} characters.`);
    return { is: 'recipient', recipient: { row, name, zone: zone === '' ? null : zone, fields, addresses } };
  };
}

/** A sheet with first and last name only still gives a name. */
function nameOf(name: string, { first_name = '', last_name = '' }: Record<string, string>): string {
  const text = name === '' ? `${first_name} ${last_name}` : name;
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** A cell as a merge field: without control characters, which neither Postgres (zero) nor a message wants. */
function textOf(cell: Cell): string {
  if (cell === null) return '';
  return String(cell)
    .normalize('NFC')
    .replaceAll('\r\n', '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '')
    .trim();
}

/** The beginning of a value, for a person to find it by; a cut may not leave half a character, which Postgres refuses. */
function beginning(text: string, length: number): string {
  return text.replaceAll('\0', '').slice(0, length).toWellFormed();
}

/**
 * Remembers who came before in the file: the first row with an address keeps it, later ones are duplicates, also when they are written
 * differently or hold the line's other number.
 */
export function createDuplicateFinder(): (recipient: Recipient) => Reject | null {
  const firstRows = new Map<string, number>();
  return ({ row, addresses }) => {
    const keysOf = (address: RecipientAddress) => [address.value, ...address.aliases].map((value) => `${address.kind} ${value}`);
    for (const address of addresses) {
      const earlier = keysOf(address)
        .map((key) => firstRows.get(key))
        .find((found) => found !== undefined);
      if (earlier !== undefined && earlier !== row)
        return {
          row,
          column: address.column,
          value: beginning(address.typed, longest.shown),
          code: 'duplicate',
          reason: `The same ${address.kind === 'email' ? 'mail address' : address.kind} stands in row ${earlier}.`,
        };
    }
    for (const key of addresses.flatMap(keysOf)) firstRows.set(key, row);
    return null;
  };
}
