import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { readSheet } from 'read-excel-file/node';
import { expect, test } from 'vitest';
import { columns, type ExampleRow, title } from '#lab/recipients/example-row.ts';
import { denyListedPhone, exampleRows, phonesWithoutWhatsApp, refusedEmail } from '#lab/recipients/rows.ts';

const rows = exampleRows();
const valid = rows.flatMap(({ row, cells, expect: expected }) => (expected.is === 'valid' ? [{ row, cells, ...expected }] : []));
const rejected = rows.flatMap(({ row, cells, expect: expected }) => (expected.is === 'rejected' ? [{ row, cells, ...expected }] : []));

const phoneOf = ({ cells }: Pick<ExampleRow, 'cells'>): string | undefined => {
  const phone = parsePhoneNumberFromString(String(cells.phone ?? ''), 'DE');
  return phone?.isValid() ? phone.number : undefined;
};

test('the 200 rows are 120 with a phone, 60 with a mail address, 6 with both and 14 wrong ones', () => {
  const kinds = valid.map(({ phone, email }) => [phone && 'phone', email && 'mail'].filter(Boolean).join(' and '));
  const count = (kind: string): number => kinds.filter((one) => one === kind).length;
  expect(rows).toHaveLength(200);
  expect([count('phone'), count('mail'), count('phone and mail'), rejected.length]).toEqual([120, 60, 6, 14]);
});

test('every phone meant to be valid is read as expected with Germany as default country', () => {
  expect(valid.map((row) => phoneOf(row) ?? null)).toEqual(valid.map((row) => row.phone));
});

test('no valid row repeats a phone or a mail address', () => {
  const phones = valid.flatMap(({ phone }) => phone ?? []);
  const emails = valid.flatMap(({ email }) => email ?? []);
  expect([new Set(phones).size, new Set(emails).size]).toEqual([126, 66]);
});

test('every wrong phone is wrong, and every repeated address stands in an earlier valid row', () => {
  for (const row of rejected) {
    if (row.reason === 'phone_invalid') expect(phoneOf(row)).toBeUndefined();
    if (row.reason !== 'duplicate') continue;
    const email = row.cells.email?.trim().toLowerCase();
    const original = valid.find((one) => (email ? one.email === email : one.phone === phoneOf(row)));
    expect(original?.row).toBeLessThan(row.row);
  }
});

test('the special addresses of the demo are in the list', () => {
  const phones = valid.map((row) => row.phone);
  expect(phones).toEqual(expect.arrayContaining([denyListedPhone, ...phonesWithoutWhatsApp]));
  expect(valid.map((row) => row.email)).toContain(refusedEmail);
});

test('examples/recipients.xlsx holds exactly these rows, names such as =cmd() as text', async () => {
  const sheet = await readSheet('examples/recipients.xlsx', { trim: false });
  const cells = rows.map(({ cells: one }) => [one.phone, one.name, one.email, one.city, one.language, one.order]);
  expect(sheet[0]?.[0]).toBe(title);
  expect(sheet[1]).toEqual([...columns]);
  expect(sheet.slice(2)).toEqual(cells);
});
