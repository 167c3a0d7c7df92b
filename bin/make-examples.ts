import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeExcelFile from 'write-excel-file/node';
import { columns, type ExampleRow, title } from '#lab/recipients/example-row.ts';
import { denyListedPhone, exampleRows, phonesWithoutWhatsApp, refusedEmail } from '#lab/recipients/rows.ts';

/** `npx node bin/make-examples.ts`: writes examples/recipients.xlsx, .csv and README.md from one list of rows. */
const folder = join(import.meta.dirname, '..', 'examples');

function cellsOf({ cells }: ExampleRow): (string | number | null)[] {
  return [cells.phone, cells.name, cells.email, cells.city, cells.language, cells.order];
}

async function writeWorkbook(rows: ExampleRow[]): Promise<void> {
  const head = columns.map((name) => ({ value: name, fontWeight: 'bold' as const }));
  const body = rows.map((row) => cellsOf(row).map((value) => (typeof value === 'number' ? { value, format: '0' } : value)));
  const data = [[{ value: title, fontWeight: 'bold' as const, fontSize: 14, columnSpan: columns.length }], head, ...body];
  const widths = [24, 24, 32, 18, 10, 10].map((width) => ({ width }));
  await writeExcelFile(data, { sheet: 'Recipients', columns: widths, stickyRowsCount: 2 }).toFile(join(folder, 'recipients.xlsx'));
}

/** Ten good rows and two wrong ones, as a spreadsheet program would save them. */
function csvRows(rows: ExampleRow[]): ExampleRow[] {
  const good = rows.filter((row) => row.expect.is === 'valid').slice(28, 38);
  const wrong = rows.filter((row) => row.expect.is === 'rejected' && row.expect.reason !== 'duplicate').slice(0, 2);
  return [...good, ...wrong];
}

function csv(rows: ExampleRow[]): string {
  const quoted = (value: string | number | null): string =>
    /[",\r\n]/.test(`${value}`) ? `"${`${value}`.replaceAll('"', '""')}"` : `${value ?? ''}`;
  return [[...columns], ...rows.map(cellsOf)].map((line) => `${line.map(quoted).join(',')}\r\n`).join('');
}

function readme(rows: ExampleRow[]): string {
  const rejected = rows.flatMap(({ row, cells, expect }) => (expect.is === 'rejected' ? [{ row, cells, ...expect }] : []));
  const validPhones = rows.filter((row) => row.expect.is === 'valid' && row.expect.phone).length;
  const validMails = rows.filter((row) => row.expect.is === 'valid' && row.expect.email).length;
  const both = validPhones + validMails + rejected.length - rows.length;
  const rowOf = (address: string): number | undefined =>
    rows.find(({ expect }) => expect.is === 'valid' && (expect.phone === address || expect.email === address))?.row;
  const shown = (value: string | number | null): string => (value === null ? '' : `\`${`${value}`.replace(/[\u00a0\u202f]/g, '␣')}\``);
  return `# Example lists

Written by \`npx node bin/make-examples.ts\`; change \`lab/recipients/\`, not these files. \`recipients.xlsx\` is what \`npm run demo\` works on.
The numbers are of ranges set aside for films and examples where such a range exists; the mail addresses end in example.com, .net or .org.

Row 1 of \`recipients.xlsx\` is a title, row 2 the header (${columns.join(', ')}), rows 3 to ${rows.length + 2} are recipients. Imported with **Germany** as
default country, phone and mail mapped, the result is:

| | rows |
|---|---|
| recipients in the file | ${rows.length} |
| imported | ${rows.length - rejected.length} |
| … with a valid phone | ${validPhones} |
| … with a valid mail address | ${validMails} |
| … with both, counted in each of the two | ${both} |
| rejected | ${rejected.length} |

Rejected, row by row:

| row | phone | mail | reason | what is wrong |
|---|---|---|---|---|
${rejected.map((one) => `| ${one.row} | ${shown(one.cells.phone)} | ${shown(one.cells.email)} | ${one.reason} | ${one.because} |`).join('\n')}

Imported, but special in the demo:

| row | address | what happens |
|---|---|---|
| ${rowOf(denyListedPhone)} | ${denyListedPhone} | stands on the deny list: left out of every campaign |
${phonesWithoutWhatsApp.map((phone) => `| ${rowOf(phone)} | ${phone} | not registered at the WhatsApp stand-in: the send fails |`).join('\n')}
| ${rowOf(refusedEmail)} | ${refusedEmail} | the catcher refuses the mailbox when the demo tells it to |

Names such as \`=cmd()\`, \`{{order}}\`, \`<b>Max</b> & Söhne\` or \`Noa 🌻 נועה\` are right and arrive letter by letter. Some phones are number cells that
lost their leading zero, some have no-break spaces or hyphens.

\`recipients.csv\` is small: ten of these rows that are valid and two that are rejected (a phone that is too short, one with letters).
`;
}

const rows = exampleRows();
await mkdir(folder, { recursive: true });
await writeWorkbook(rows);
await writeFile(join(folder, 'recipients.csv'), csv(csvRows(rows)));
await writeFile(join(folder, 'README.md'), readme(rows));
console.log(`Wrote ${rows.length} recipients into examples/.`);
