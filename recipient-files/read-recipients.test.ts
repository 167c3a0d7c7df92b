import { readFile } from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import { Failure } from '#core/failure.ts';
import { exampleRows } from '#lab/recipients/rows.ts';
import { createSheetOpener } from './open.ts';
import { previewRecipients, type ReadAsk, readRecipients } from './read-recipients.ts';
import type { ReadRow } from './recipients.ts';
import { inWindows1251 } from './testing/in-windows-1251.ts';
import { makeWorkbook, makeZip } from './testing/make-workbook.ts';

/** Each workbook starts a process, on a machine that others use too. */
vi.setConfig({ testTimeout: 60_000 });
const open = createSheetOpener();
const { signal } = new AbortController();
const file = (name: string, content: string | Buffer) => ({ name, content: Buffer.from(content) });

async function rowsOf(given: ReadAsk['file'], more: Partial<ReadAsk> = {}): Promise<ReadRow[]> {
  const rows: ReadRow[] = [];
  for await (const row of readRecipients(open, { file: given, defaultCountry: 'DE', signal, ...more })) rows.push(row);
  return rows;
}
const short = (rows: ReadRow[]) =>
  rows.map((one) =>
    one.is === 'recipient'
      ? [one.recipient.row, ...one.recipient.addresses.map((address) => address.value), one.recipient.name]
      : [one.reject.row, one.reject.code, one.reject.column],
  );
const failureOf = async (given: ReadAsk['file'], more: Partial<ReadAsk> = {}) => {
  const error: unknown = await rowsOf(given, more).then(
    () => 'read',
    (reason: unknown) => reason,
  );
  if (error instanceof Failure) return `${error.code}: ${error.message}`;
  throw error;
};

describe('the example list', () => {
  test('gives each of its 200 rows the fate that its maker wrote down', async () => {
    const rows = await rowsOf(file('recipients.xlsx', await readFile('examples/recipients.xlsx')));
    const expected = exampleRows();
    expect(rows).toHaveLength(expected.length);
    for (const [at, { row, expect: fate }] of expected.entries()) {
      const read = rows[at];
      if (fate.is === 'rejected') expect(read).toMatchObject({ is: 'rejected', reject: { row, code: fate.reason } });
      else expect(short(read ? [read] : [])[0]?.slice(0, -1)).toEqual([row, ...[fate.phone, fate.email].filter((address) => address !== null)]);
    }
  });

  test('is previewed with its header found under the title and a mapping suggested', async () => {
    const preview = await previewRecipients(open, {
      file: file('recipients.xlsx', await readFile('examples/recipients.xlsx')),
      defaultCountry: 'DE',
      signal,
    });
    expect(preview).toMatchObject({
      sheet: 'Recipients',
      headerRow: 2,
      rowCount: 200,
      columns: ['Phone', 'Name', 'E-mail', 'City', 'Language', 'Order'],
      mapping: { phone: 'Phone', name: 'Name', email: 'E-mail', fields: { City: 'city', Language: 'language', Order: 'order' } },
    });
    expect(preview.rows).toHaveLength(20);
  });
});

describe('a text file', () => {
  test.each([
    ['UTF-8 with its mark', Buffer.from('\ufeffName,Phone\nJörg,+491701234567\n')],
    ['UTF-16 with tabs', Buffer.from('\ufeffName\tPhone\r\nJörg\t+491701234567\r\n', 'utf16le')],
    ['Windows-1252 with semicolons', Buffer.from('Name;Phone\r\nJörg;+491701234567\r\n', 'latin1')],
    ['old Mac line ends', Buffer.from('Name,Phone\rJörg,+491701234567\r')],
    ['Excel’s sep= line', Buffer.from('sep=|\r\nName|Phone\r\nJörg|+491701234567\r\n')],
  ])('is read as %s', async (_name, content) => {
    const rows = await rowsOf({ name: 'list.csv', content });
    expect(short(rows)).toMatchObject([[expect.any(Number), '+491701234567', 'Jörg']]);
  });

  test('counts rows as a spreadsheet does: quoted line breaks are one row, blank rows count', async () => {
    const rows = await rowsOf(file('list.csv', 'Phone,Name,Note\n+491701234567,"Lee, ""Ann""","two\nlines"\n\n,,\nxx,Bo,\n'));
    expect(short(rows)).toEqual([
      [2, '+491701234567', 'Lee, "Ann"'],
      [5, 'phone_invalid', 'Phone'],
    ]);
    expect(rows[0]).toMatchObject({ recipient: { fields: { note: 'two\nlines' } } });
  });

  test('may have ragged rows, and no header at all', async () => {
    expect(short(await rowsOf(file('list.csv', 'Name;Phone\nAnn;+491701234567;more;and more\nBo\n')))).toEqual([
      [2, '+491701234567', 'Ann'],
      [3, 'no_address', null],
    ]);
    const preview = await previewRecipients(open, {
      file: file('list.csv', 'Ann,ann@example.com,0170 1234567\nBo,bo@example.com,0170 1234568\n'),
      defaultCountry: 'DE',
      signal,
    });
    expect(preview).toMatchObject({ headerRow: 0, columns: ['A', 'B', 'C'], rowCount: 2, mapping: { name: 'A', email: 'B', phone: 'C' } });
  });

  test('keeps text letter by letter, also where an emoji lies across the pieces it is read in', async () => {
    const filler = 'x'.repeat(900);
    const lines = Array.from({ length: 300 }, (_, at) => `a${at}@example.com,${'🌻'.repeat(1 + (at % 7))}${filler}`);
    const rows = await rowsOf(file('list.csv', `mail,note\n${lines.join('\n')}`));
    expect(rows).toHaveLength(300);
    expect(rows.every((row, at) => row.is === 'recipient' && row.recipient.fields.note === `${'🌻'.repeat(1 + (at % 7))}${filler}`)).toBe(true);
  });

  test('says in which encoding it was read, a workbook in none', async () => {
    const previewOf = (name: string, content: Buffer) => previewRecipients(open, { file: { name, content }, defaultCountry: 'DE', signal });
    expect(await previewOf('list.csv', inWindows1251('Телефон;Имя\n+79161234567;Иван Петров\n'))).toMatchObject({
      encoding: 'Windows-1251',
      columns: ['Телефон', 'Имя'],
      rows: [['+79161234567', 'Иван Петров']],
      mapping: { phone: 'Телефон', name: 'Имя' },
    });
    expect(await previewOf('recipients.xlsx', await readFile('examples/recipients.xlsx'))).toMatchObject({ encoding: null });
  });

  test('with a quote that never closes is refused and says where', async () => {
    expect(await failureOf(file('list.csv', 'Phone,Name\n+491701234567,"Ann\nmore'))).toMatch(
      /invalid_input: A quote that opens in row 2 is never closed/,
    );
  });

  test('with a cell that is too long is refused for that, and not for a quote', async () => {
    const long = 'x'.repeat(2_000_000);
    const tooLong = 'too_large: The cell in row 3, column B is longer than 1000000 characters.';
    expect(await failureOf(file('list.csv', `Phone,Note\n+491701234567,x\n+491701234568,${long}\n`))).toBe(tooLong);
    expect(await failureOf(file('list.csv', `Phone,Note\n+491701234567,x\n+491701234568,"${long}"\n`))).toBe(tooLong);
    const lines = '+491701234569,x\n'.repeat(70_000);
    expect(await failureOf(file('list.csv', `Phone,Note\n+491701234567,x\n+491701234568,"x\n${lines}`))).toMatch(
      /A quote that opens in row 3 is never/,
    );
    expect(await failureOf(file('list.csv', `Phone,Note\n+491701234567,x\n+491701234568,"x\n${lines}1,"\n`))).toBe(
      `${tooLong} It holds line breaks: perhaps its closing quote is missing.`,
    );
  });

  test('with zero bytes, too many columns or too many rows is refused', async () => {
    expect(await failureOf(file('list.csv', 'Phone\n+49170\x001234567'))).toMatch(/zero bytes/);
    expect(await failureOf(file('list.csv', `Phone${',x'.repeat(200)}\n`))).toMatch(/too_large: Row 1 has more than 200 columns/);
    expect(await failureOf(file('list.csv', `mail\n${'a\n'.repeat(200_001)}`))).toMatch(/too_large: The file has more than 200000 rows/);
  });
});

describe('columns', () => {
  test.each([
    ['Telefonnummer;Vorname;Nachname', 'Telefonnummer'],
    ['Número de teléfono;nombre;apellidos', 'Número de teléfono'],
    ['Téléphone;Prénom;Nom de famille', 'Téléphone'],
    ['Номер телефона;имя;фамилия', 'Номер телефона'],
    ['手机号;姓名;城市', '手机号'],
    ['رقم الجوال;الاسم;المدينة', 'رقم الجوال'],
    ['WhatsApp-Number;Ad;Soyad', 'WhatsApp-Number'],
    ['मोबाइल नंबर;नाम;शहर', 'मोबाइल नंबर'],
    ['No. HP;Nama;Kota', 'No. HP'],
  ])('are recognised in many languages: %s', async (heading, phone) => {
    const preview = await previewRecipients(open, { file: file('list.csv', `${heading}\n+491701234567;Ann;Lee\n`), defaultCountry: 'DE', signal });
    expect(preview.mapping.phone).toBe(phone);
  });

  test('first and last name give a name and stay merge fields', async () => {
    const [row] = await rowsOf(file('list.csv', 'Vorname,Nachname,E-Mail,Ort\nAnn,Lee,ann@example.com,Köln\n'));
    expect(row).toMatchObject({ recipient: { name: 'Ann Lee', fields: { first_name: 'Ann', last_name: 'Lee', ort: 'Köln' } } });
  });

  test('of a given mapping win over the suggestion, and one that is not there is named', async () => {
    const list = file('list.csv', 'Phone,Office,Name\n+491701234567,+493012345678,Ann\n');
    const mapping = { phone: 'office', fields: { Name: 'nick' } };
    expect(await rowsOf(list, { mapping })).toMatchObject([
      { recipient: { name: '', addresses: [{ value: '+493012345678' }], fields: { phone: '+491701234567', nick: 'Ann' } } },
    ]);
    expect(await failureOf(list, { mapping: { phone: 'Mobile', fields: {} } })).toMatch(/There is no column Mobile/);
    expect(await failureOf(list, { mapping: { name: 'Name', fields: {} } })).toMatch(/There|names no column/);
  });

  test('with the same heading twice are told apart', async () => {
    const preview = await previewRecipients(open, { file: file('list.csv', 'Phone,Phone,,\n+491701234567,,,x\n'), defaultCountry: 'DE', signal });
    expect(preview.columns).toEqual(['Phone', 'Phone (2)', 'C', 'D']);
  });
});

describe('a workbook', () => {
  const cell = (ref: string, text: string, type = 'inlineStr') =>
    type === 'inlineStr' ? `<c r="${ref}" t="inlineStr"><is><t>${text}</t></is></c>` : `<c r="${ref}" t="${type}"><v>${text}</v></c>`;
  const head = `<row r="3">${cell('B3', 'Phone')}${cell('C3', 'Name')}${cell('D3', 'Id')}</row>`;

  test('keeps its own row numbers over gaps, reads number cells, and rejects failed formulas', async () => {
    const sheet = `${head}<row r="7">${cell('B7', '491701234567', 'n')}${cell('C7', 'Ann')}${cell('D7', '12345678901234567890', 'n')}</row><row r="9">${cell('B9', '+491701234568')}${cell('C9', '#N/A', 'e')}</row>`;
    const rows = await rowsOf(file('list.xlsx', makeWorkbook({ sheet })));
    expect(short(rows)).toEqual([
      [7, '+491701234567', 'Ann'],
      [9, 'cell_error', 'Name'],
    ]);
    expect(rows[0]).toMatchObject({ recipient: { fields: { id: '12345678901234567890' } } });
  });

  test('with a stray cell in the last row there is, and one with formats up to the last column, is read all the same', async () => {
    const sheet = `${head}<row r="4">${cell('B4', '+491701234567')}<c r="XFD4" s="1"/></row><row r="1048576">${cell('C1048576', 'x')}</row>`;
    expect(short(await rowsOf(file('list.xlsx', makeWorkbook({ sheet }))))).toEqual([
      [4, '+491701234567', ''],
      [1_048_576, 'no_address', null],
    ]);
  });

  test('is read from its first sheet that is not hidden', async () => {
    const book = `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Old" sheetId="1" state="hidden" r:id="rId1"/><sheet name="R &amp; D" sheetId="2" r:id="rId2"/></sheets></workbook>`;
    const second = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">${cell('A1', 'Phone')}</row><row r="2">${cell('A2', '+491701234567')}</row></sheetData></worksheet>`;
    const workbook = makeWorkbook({ book, sheet: head, more: { 'xl/worksheets/sheet2.xml': second } });
    const preview = await previewRecipients(open, { file: file('list.xlsx', workbook), defaultCountry: 'DE', signal });
    expect(preview).toMatchObject({ sheet: 'R & D', rowCount: 1, columns: ['Phone'] });
  });

  test('that is damaged is refused with what to do', async () => {
    const whole = makeWorkbook({ sheet: head });
    expect(await failureOf(file('list.xlsx', whole.subarray(0, whole.length - 40)))).toMatch(/damaged|zip archive/);
    expect(await failureOf(file('list.xlsx', makeWorkbook({ sheet: '<row r="1"><c r="A1"' })))).toMatch(/invalid_input/);
  });
});

describe('a file of another kind', () => {
  test.each([
    ['list.csv', '%PDF-1.7\n%âãÏÓ\n1 0 obj', /unsupported_format: .*named .csv.*pdf/],
    ['list.xlsx', 'Phone,Name\n1,2', /unsupported_format: .*named .xlsx, but it is not an Excel workbook/],
    ['list.xls', Buffer.from(`d0cf11e0a1b11ae1${'00'.repeat(600)}`, 'hex'), /unsupported_format: .*old .xls/],
    ['list.xlsx', makeZip({ 'readme.txt': 'hello' }), /unsupported_format: .*zip archive/],
    ['list.csv', '<html><table><tr><td>Phone</td></tr></table></html>', /unsupported_format/],
    ['list.pdf', 'Phone,Name', /unsupported_format: Give a .xlsx or .csv/],
    ['list.csv', '', /invalid_input: The file is empty/],
    ['list.csv', '\n\n ,\n', /invalid_input: The file has no rows/],
  ])('is refused for what it is: %s %#', async (name, content, sentence) => {
    expect(await failureOf(file(name, content))).toMatch(sentence);
  });
});

test('reading stops when it is told to, and its process goes away', async () => {
  const stop = new AbortController();
  const rows = readRecipients(open, {
    file: file('recipients.xlsx', await readFile('examples/recipients.xlsx')),
    defaultCountry: 'DE',
    signal: stop.signal,
  });
  await rows.next();
  stop.abort(new Failure('stopping'));
  await expect(rowsOfIterator(rows)).rejects.toMatchObject({ code: 'stopping' });
  // The only turn came back: the next file is read.
  expect(await rowsOf(file('recipients.xlsx', await readFile('examples/recipients.xlsx')))).toHaveLength(200);
});

async function rowsOfIterator(rows: AsyncIterable<ReadRow>): Promise<number> {
  let count = 0;
  for await (const _row of rows) count += 1;
  return count;
}
