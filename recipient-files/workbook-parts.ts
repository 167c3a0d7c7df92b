import { Failure } from '#core/failure.ts';
import type { Archive } from './archive.ts';
import { readSharedStrings, type SharedStrings } from './shared-strings.ts';
import { attributeOf, readXml, type XmlHearer } from './xml.ts';

/** What a workbook says about its first sheet that is not hidden. */
export type WorkbookParts = {
  name: string;
  /** Where the sheet lies in the archive. */
  path: string;
  /** By the number of a cell's style: whether its number is a date. */
  isDate: readonly boolean[];
  /** Dates count from 1904 instead of 1900. */
  is1904: boolean;
  strings: SharedStrings;
};

export async function readWorkbookParts(archive: Archive): Promise<WorkbookParts> {
  if (!archive.has('xl/workbook.xml')) throw new Failure('invalid_input', 'This is not an Excel workbook: it holds no list of sheets.');
  const book = await readBook(archive);
  const relations = await readRelations(archive);
  const path = relations.find((one) => one.id === book.relation)?.path ?? '';
  if (!archive.has(path)) throw new Failure('invalid_input', 'The workbook names a sheet that it does not hold. Save it again as .xlsx.');
  const pathOf = (kind: string, usual: string) => relations.find((one) => one.type.endsWith(`/${kind}`))?.path ?? usual;
  return {
    name: book.name,
    path,
    is1904: book.is1904,
    isDate: await readDateStyles(archive, pathOf('styles', 'xl/styles.xml')),
    strings: await readSharedStrings(archive, pathOf('sharedStrings', 'xl/sharedStrings.xml')),
  };
}

async function readBook(archive: Archive): Promise<{ name: string; relation: string; is1904: boolean }> {
  const sheets: { name: string; relation: string; isHidden: boolean }[] = [];
  let is1904 = false;
  await readXml(
    archive.read('xl/workbook.xml'),
    onOpen((name, attributes) => {
      if (name === 'workbookPr') is1904 = /^(1|true)$/.test(attributeOf(attributes, 'date1904') ?? '');
      if (name !== 'sheet') return;
      const relation = attributeOf(attributes, '(?:\\w+:)id') ?? '';
      sheets.push({ name: attributeOf(attributes, 'name') ?? '', relation, isHidden: /hidden/i.test(attributeOf(attributes, 'state') ?? '') });
    }),
  );
  const first = sheets.find((sheet) => !sheet.isHidden) ?? sheets[0];
  return { name: first?.name ?? '', relation: first?.relation ?? '', is1904 };
}

async function readRelations(archive: Archive): Promise<{ id: string; type: string; path: string }[]> {
  const relations: { id: string; type: string; path: string }[] = [];
  await readXml(
    archive.read('xl/_rels/workbook.xml.rels'),
    onOpen((name, attributes) => {
      // What lies outside is never asked for.
      if (name !== 'Relationship' || attributeOf(attributes, 'TargetMode') === 'External') return;
      const target = attributeOf(attributes, 'Target') ?? '';
      const path = target.startsWith('/') ? target.slice(1) : `xl/${target}`;
      relations.push({ id: attributeOf(attributes, 'Id') ?? '', type: attributeOf(attributes, 'Type') ?? '', path });
    }),
  );
  return relations;
}

async function readDateStyles(archive: Archive, path: string): Promise<boolean[]> {
  const own = new Map<number, string>();
  const isDate: boolean[] = [];
  let isOfCells = false;
  await readXml(archive.read(path), {
    ...onOpen((name, attributes) => {
      if (name === 'numFmt') own.set(Number(attributeOf(attributes, 'numFmtId')), attributeOf(attributes, 'formatCode') ?? '');
      else if (name === 'cellXfs') isOfCells = true;
      else if (name === 'xf' && isOfCells) {
        const format = Number(attributeOf(attributes, 'numFmtId') ?? 0);
        const code = own.get(format);
        isDate.push(code === undefined ? isBuiltInDate(format) : saysDate(code));
      }
    }),
    close(name) {
      if (name === 'cellXfs') isOfCells = false;
    },
  });
  return isDate;
}

/** Formats that have a number and no text in the file: ECMA-376, 18.8.30, those of East Asian languages included. */
const isBuiltInDate = (id: number): boolean => (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);

/** A format of dates names days, months, years, hours or seconds outside of quotes, escapes and brackets; [h] counts hours. */
const saysDate = (code: string): boolean =>
  /[dmyhs]/i.test(code.replaceAll(/"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '').replaceAll(/general/gi, ''));

function onOpen(open: XmlHearer['open']): XmlHearer {
  return { open, close: () => undefined, hears: () => false, text: () => undefined };
}
