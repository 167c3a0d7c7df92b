import { expect, test } from 'vitest';
import { checkWorkbook } from './check-workbook.ts';
import { makeWorkbook, makeZip } from './testing/make-workbook.ts';

const limits = { unpackedBytes: 100_000, entries: 20 };

test('a workbook whose directory declares more than it may hold is refused before anything is unpacked', async () => {
  await expect(checkWorkbook(makeWorkbook({ more: { 'xl/media/a.bin': Buffer.alloc(200_000) } }), limits)).rejects.toMatchObject({
    code: 'too_large',
  });
});

test('a directory that lies about sizes is found out while unpacking', async () => {
  const lying = makeZip({ 'xl/workbook.xml': '<workbook/>', 'xl/big.xml': Buffer.alloc(5_000_000) }, (size) => Math.min(size, 1000));
  await expect(checkWorkbook(lying, limits)).rejects.toMatchObject({ code: 'too_large' });
});

test('more entries than any workbook has are refused', async () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`xl/media/${at}.bin`, 'x']));
  await expect(checkWorkbook(makeWorkbook({ more: many }), limits)).rejects.toMatchObject({ code: 'too_large' });
});

test('what is no archive, or one without sheets, is refused as such', async () => {
  await expect(checkWorkbook(Buffer.from('PK nothing here'), limits)).rejects.toMatchObject({
    code: 'invalid_input',
    message: expect.stringContaining('damaged'),
  });
  await expect(checkWorkbook(makeZip({ 'readme.txt': 'x' }), limits)).rejects.toMatchObject({
    message: expect.stringContaining('no list of sheets'),
  });
});

test('failed formulas are found however the sheet is cut into pieces', async () => {
  const row = (at: number) =>
    `<row r="${at}"><c r="A${at}"><v>${at}</v></c><c r="B${at}" s="1" t="e"><f>VLOOKUP(A${at},X:Y,2)</f><v>#N/A</v></c></row>`;
  const sheet = Array.from({ length: 20_000 }, (_, at) => row(at + 1)).join('');
  const { failedCells, name } = await checkWorkbook(makeWorkbook({ sheet }));
  expect(name).toBe('People');
  expect(failedCells.size).toBe(20_000);
  expect(failedCells.get('B19999')).toBe('#N/A');
});
