import { z } from 'zod';

export const FieldKind = z.enum(['text', 'number', 'date', 'yes_no', 'choice']);
export type FieldKind = z.output<typeof FieldKind>;
export type FieldRule = { name: string; kind: FieldKind; choices: readonly string[] };
export type ReadField = { is: 'value'; value: string } | { is: 'refused'; reason: string };

const yes = ['yes', 'true', '1', 'да', 'ja', 'si', 'sí', 'oui', 'sim', 'tak'];
const no = ['no', 'false', '0', 'нет', 'nein', 'non', 'não', 'nie'];

/** A value in the one form in which its kind is kept, so that it can be compared; empty is no value. */
export function readField({ kind, choices }: FieldRule, typed: string): ReadField {
  const text = typed.trim();
  if (text === '' || kind === 'text') return { is: 'value', value: text };
  if (kind === 'number') return readNumber(text);
  if (kind === 'date') return readDate(text);
  if (kind === 'yes_no') return readYesNo(text.toLowerCase());
  const choice = choices.find((one) => one.toLowerCase() === text.toLowerCase());
  return choice === undefined ? { is: 'refused', reason: `is none of ${choices.join(', ')}` } : { is: 'value', value: choice };
}

function readNumber(text: string): ReadField {
  const plain = /^-?\d{1,15}(?:[.,]\d{1,9})?$/.exec(text.replaceAll(/[\s\u00a0\u202f]/g, ''));
  if (!plain) return { is: 'refused', reason: 'is not a number, such as 12.5' };
  return { is: 'value', value: String(Number(plain[0].replace(',', '.'))) };
}

/** A day as standards write it, or as most of the world does; which of 03/04 is the month cannot be told. */
function readDate(text: string): ReadField {
  const [, year, month, day] = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:T.*)?$/.exec(text) ?? swapped(/^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text)) ?? [];
  const read = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (!year || Number.isNaN(read.getTime()) || read.getUTCMonth() !== Number(month) - 1)
    return { is: 'refused', reason: 'is not a day, such as 2026-01-31' };
  return { is: 'value', value: read.toISOString().slice(0, 10) };
}

const swapped = (found: RegExpExecArray | null) => found && [found[0], found[3], found[2], found[1]];

function readYesNo(text: string): ReadField {
  if (yes.includes(text)) return { is: 'value', value: 'yes' };
  return no.includes(text) ? { is: 'value', value: 'no' } : { is: 'refused', reason: 'is neither yes nor no' };
}
