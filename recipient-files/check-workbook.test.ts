import { expect, test } from 'vitest';
import { checkWorkbook } from './check-workbook.ts';
import { columnLetter } from './sheet.ts';
import { createExtentFinder } from './sheet-extent.ts';
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

const text = (address: string) => `<c r="${address}" t="inlineStr"><is><t>x</t></is></c>`;

test.each([
  ['XFD1048576', `<row r="1048576">${text('XFD1048576')}</row>`, /more than 200 columns/],
  ['GS1', `<row r="1">${text('GS1')}</row>`, /more than 200 columns/],
  ['A1048576 below a wide list', `<row r="1">${text('GR1')}</row><row r="1048576">${text('A1048576')}</row>`, /in row 1048576 of the sheet/],
  ['a row that no program has', `<row r="1">${text('A1')}</row><row r='99999999999'/>`, /in row 99999999999 of the sheet/],
  ['a cell whose row has no number', `<row><c s='1' r = 'A99999999'><v>1</v></c></row>`, /in row 99999999 of the sheet/],
])('a sheet that reaches too far is refused before it is read: %s', async (_name, sheet, sentence) => {
  await expect(checkWorkbook(makeWorkbook({ sheet }))).rejects.toMatchObject({ code: 'too_large', message: expect.stringMatching(sentence) });
});

test('cells that only carry a format do not make a sheet reach farther, wherever they stand', async () => {
  const formats = Array.from({ length: 16_384 }, (_, at) => `<c r="${columnLetter(at)}1048576" s="1"/>`).join('');
  await checkWorkbook(makeWorkbook({ sheet: `<row r="1">${text('A1')}</row><row r="1048576" s="1">${formats}</row>` }));
});

test('how far a sheet reaches is found however it is cut into pieces', () => {
  const sheet = Buffer.from(
    `<sheetData><row r="1" spans="1:3">${text('A1')}</row><x:row r="70000"><x:c r="CV70000"><v>1</v></x:c><c r="XFD70000"/></x:row>`,
  );
  for (let size = 1; size < sheet.length; size += 1) {
    const extent = createExtentFinder();
    for (let at = 0; at < sheet.length; at += size) extent.read(sheet.subarray(at, at + size));
    expect(extent.found).toEqual({ rows: 70_000, columns: 100 });
  }
});
