import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openArchive } from './archive.ts';
import { columnLetter, type SheetRow } from './sheet.ts';
import { readSheetRows } from './sheet-rows.ts';
import { makeWorkbook, makeZip } from './testing/make-workbook.ts';
import { readWorkbookParts } from './workbook-parts.ts';

/** The first visible sheet of a workbook, unpacked in pieces of so many bytes. */
async function rowsOf(content: Buffer, { pieceLength = Number.POSITIVE_INFINITY, unpackedBytes = 30_000_000, entries = 20 } = {}) {
  using archive = await openArchive(content, { unpackedBytes, entries });
  const parts = await readWorkbookParts(archive);
  const rows: SheetRow[] = [];
  await readSheetRows(cut(archive.read(parts.path), pieceLength), parts, (row) => void rows.push(row));
  return rows;
}
async function* cut(pieces: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  for await (const piece of pieces) for (let at = 0; at < piece.length; at += length) yield piece.subarray(at, at + length);
}
const text = (address: string, says = 'x') => `<c r="${address}" t="inlineStr"><is><t>${says}</t></is></c>`;

test('a workbook whose directory declares more than it may hold is refused before anything is unpacked', async () => {
  const large = makeWorkbook({ more: { 'xl/media/a.bin': Buffer.alloc(200_000) } });
  await expect(rowsOf(large, { unpackedBytes: 100_000 })).rejects.toMatchObject({ code: 'too_large' });
});

test('a directory that lies about sizes is found out while unpacking', async () => {
  const sheet = `<worksheet><sheetData>${' '.repeat(5_000_000)}</sheetData></worksheet>`;
  const relations = `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`;
  const book = `<workbook><sheets><sheet name="a" r:id="rId1"/></sheets></workbook>`;
  const files = { 'xl/workbook.xml': book, 'xl/_rels/workbook.xml.rels': relations, 'xl/worksheets/sheet1.xml': sheet };
  await expect(rowsOf(makeZip(files, (size) => Math.min(size, 1000)))).rejects.toMatchObject({ code: 'too_large' });
});

test('more entries than any workbook has are refused', async () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`xl/media/${at}.bin`, 'x']));
  await expect(rowsOf(makeWorkbook({ more: many }))).rejects.toMatchObject({ code: 'too_large' });
});

test.each([
  ['what is no archive', Buffer.from('PK nothing here'), 'damaged'],
  ['an archive without sheets', makeZip({ 'readme.txt': 'x' }), 'no list of sheets'],
  ['a tag that never ends', makeWorkbook({ sheet: '<row r="1"><c r="A1"' }), 'cannot be read'],
])('%s is refused as such', async (_name, content, sentence) => {
  await expect(rowsOf(content)).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining(sentence) });
});

test.each([
  ['XFD1048576', `<row r="1048576">${text('XFD1048576')}</row>`, /more than 200 columns/],
  ['GS1', `<row r="1">${text('GS1')}</row>`, /more than 200 columns/],
  ['a row that no program has', `<row r="1">${text('A1')}</row><row r='99999999999'/>`, /in row 99999999999 of the sheet/],
  ['a cell whose row has no number', `<row><c s='1' r = 'A99999999'><v>1</v></c></row>`, /in row 99999999 of the sheet/],
  ['a cell as long as a book', `<row r="1">${text('A1', 'x'.repeat(2_000_000))}</row>`, /longer than 1000000 characters/],
])('a sheet that reaches too far is refused: %s', async (_name, sheet, sentence) => {
  await expect(rowsOf(makeWorkbook({ sheet }), { pieceLength: 65_536 })).rejects.toMatchObject({
    code: 'too_large',
    message: expect.stringMatching(sentence),
  });
});

test('cells that only carry a format do not make a sheet reach farther, wherever they stand', async () => {
  const formats = Array.from({ length: 16_384 }, (_, at) => `<c r="${columnLetter(at)}1048576" s="1"/>`).join('');
  const rows = await rowsOf(makeWorkbook({ sheet: `<row r="1">${text('A1')}</row><row r="1048576" s="1">${formats}</row>` }));
  expect(rows).toEqual([{ row: 1, cells: ['x'] }]);
});

/** Every kind of cell that there is, as spreadsheet programs write them and as XML allows besides. */
const styles = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy"/><numFmt numFmtId="165" formatCode="0.00 &quot;days&quot;"/></numFmts>
  <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="22"/></cellXfs></styleSheet>`;
const strings = `<sst><si><t xml:space="preserve"> Ann &amp; Bo </t></si><si><r><t>rich</t></r><r><rPr><b/></rPr><t> text</t></r></si><si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si><si/></sst>`;
const kinds = `<row r="2">
  <c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="s"><v>2</v></c><c r="D2" t="s"><v>3</v></c><c t="s"><v>99</v></c>
  <c r="G2"><v>491701234567</v></c><c r="H2" t="n"><v>12345678901234567890</v></c><c><v>1.5E-3</v></c></row>
  <x:row r="5"><x:c r="A5" s="1"><x:v>45000</x:v></x:c><x:c r="B5" s="2"><x:v>45000.75</x:v></x:c><x:c r="C5" s="3"><x:v>2.5</x:v></x:c><x:c r="D5" s="4"><x:v>45000.5</x:v></x:c></x:row>
  <row r="9"><!-- a note with <row r="7"> --><c r='A9' t='str'><f>B9&amp;"&gt;"</f><v>a&#x1F33B;&#10;b</v></c><c r="B9" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="C9" t="b"><v>1</v></c>
  <c r="D9" t="d"><v>2024-02-29T00:00:00</v></c><c r="E9" t="inlineStr"><is><t><![CDATA[1 < 2]]></t></is></c></row><row r="10"><c r="A10" t="inlineStr"><is><t>  </t></is></c></row>`;
const expected = [
  { row: 2, cells: [' Ann & Bo ', 'rich text', '東京', null, null, null, 491701234567, '12345678901234567890', 0.0015] },
  { row: 5, cells: ['2023-03-15', '2023-03-15T18:00', 2.5, '2023-03-15T12:00'] },
  { row: 9, cells: ['a🌻\nb', '#DIV/0!', true, '2024-02-29', '1 < 2'] },
];

test('every kind of cell is read as the spreadsheet shows it, however the file is cut into pieces', async () => {
  const workbook = makeWorkbook({ sheet: kinds, more: { 'xl/styles.xml': styles, 'xl/sharedStrings.xml': strings } });
  for (const pieceLength of [1, 2, 3, 7, 64, 1 << 20]) {
    const rows = (await rowsOf(workbook, { pieceLength })).map(({ row, cells }) => ({
      row,
      cells: cells.map((cell) => (cell === '' ? null : cell)),
    }));
    expect(rows).toEqual(expected);
  }
});

test('dates of a workbook that counts from 1904 are the same days', async () => {
  const book = `<workbook><workbookPr date1904="1"/><sheets><sheet name="a" r:id="rId1"/></sheets></workbook>`;
  const sheet = '<row r="1"><c r="A1" s="1"><v>43538</v></c></row>';
  expect(await rowsOf(makeWorkbook({ book, sheet, more: { 'xl/styles.xml': styles } }))).toEqual([{ row: 1, cells: ['2023-03-15'] }]);
});

test('whatever bytes a sheet is made of, it is read or refused', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '<row r="1">',
      '<row>',
      '</row>',
      '<c r="A1" t="s">',
      '<c',
      '<v>',
      '</v>',
      '</c>',
      '&#x110000;',
      '&amp',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '<?',
      '"',
      '>',
    ),
    fc.string({ maxLength: 5 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), fc.integer({ min: 1, max: 9 }), async (pieces, pieceLength) => {
      const read = await rowsOf(makeWorkbook({ sheet: pieces.join('') }), { pieceLength }).then(
        () => 'read',
        (error: { code?: string }) => error.code,
      );
      expect(['read', 'invalid_input', 'too_large']).toContain(read);
    }),
    { numRuns: 200, seed: 5 },
  );
});
