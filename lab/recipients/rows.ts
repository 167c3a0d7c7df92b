import { type ExampleRow, firstRow } from '#lab/recipients/example-row.ts';
import { personOf } from '#lab/recipients/people.ts';
import { type Country, type WrittenPhone, writePhone } from '#lab/recipients/phones.ts';
import { oddNames, wrongRows } from '#lab/recipients/wrong-rows.ts';

/** Valid, imported, and on the deny list of the demo: a campaign has to leave it out. */
export const denyListedPhone = writePhone('BR', 3).e164;

/** Valid numbers that nobody registered at the WhatsApp stand-in: a send to them fails with a reason. */
export const phonesWithoutWhatsApp: readonly string[] = [writePhone('DE', 12), writePhone('US', 7), writePhone('RU', 5)].map((one) => one.e164);

/** One valid mail address whose mailbox the demo tells the catcher to refuse. */
export const refusedEmail = 'full.mailbox@bounce.example.org';

const mailOnly = 60;
const countries: Country[] = ['DE', 'BR', 'DE', 'MX', 'US', 'RU'];

/** The 200 rows of examples/recipients.xlsx: 120 with a phone, 60 with a mail address, 6 with both, 14 wrong on purpose. */
export function exampleRows(): ExampleRow[] {
  const good = mixed([...peopleWithPhone(120, 0), ...peopleWithMail(mailOnly), ...peopleWithPhone(6, 120, 'and mail')]);
  const rows = good.map((one) => ({ ...one, row: 0 }));
  giveOddNames(rows);
  // Wrong rows lie 13 apart and behind the rows of which some are copies.
  wrongRows(rows).forEach((wrong, at) => {
    rows.splice(20 + at * 13, 0, { ...wrong, row: 0 });
  });
  return rows.map((one, at) => ({ ...one, row: firstRow + at }));
}

type Row = Omit<ExampleRow, 'row'>;

function peopleWithPhone(count: number, from: number, alsoMail?: 'and mail'): Row[] {
  return Array.from({ length: count }, (_, at) => {
    const nth = from + at;
    const country = countries[nth % countries.length] ?? 'DE';
    return phoneRow(country, nthOf(country, nth), alsoMail ? `both.${nth}@example.net` : null, nth);
  });
}

/** How many people of this country came before the nth person. */
function nthOf(country: Country, nth: number): number {
  return Array.from({ length: nth }, (_, at) => countries[at % countries.length]).filter((one) => one === country).length;
}

function phoneRow(country: Country, n: number, email: string | null, nth: number): Row {
  const phone: WrittenPhone = writePhone(country, n);
  const cells = { ...personOf(country, n), phone: phone.cell, email, order: `A-${1000 + nth}` };
  return { cells, expect: { is: 'valid', phone: phone.e164, email } };
}

const mailWays = [
  (n: number): string => `customer.${n}@example.com`,
  (n: number): string => `anna+news${n}@example.org`,
  (n: number): string => `Kunde.${n}@Example.com`,
  (n: number): string => ` o'brien-${n}@mail.example.net `,
];

function peopleWithMail(count: number): Row[] {
  return Array.from({ length: count }, (_, n) => {
    const country = countries[n % countries.length] ?? 'DE';
    const email = n === 17 ? refusedEmail : (mailWays[n % mailWays.length]?.(n) ?? '');
    const cells = { ...personOf(country, n + 3), phone: null, email, order: `B-${2000 + n}` };
    return { cells, expect: { is: 'valid', phone: null, email: email.trim().toLowerCase() } };
  });
}

/** Spreads the kinds over the sheet: 47 and 186 have no common divisor, so every row comes once. */
function mixed(rows: Row[]): Row[] {
  return rows.map((_, at) => rows[(at * 47) % rows.length]).filter((row) => row !== undefined);
}

function giveOddNames(rows: ExampleRow[]): void {
  oddNames.forEach((name, at) => {
    const row = rows[30 + at * 11];
    if (row) row.cells.name = name;
  });
}
