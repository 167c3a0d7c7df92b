import { promisify } from 'node:util';
import yauzl from 'yauzl';
import { Failure } from '#core/failure.ts';
import { createFailedCellFinder } from './failed-cells.ts';
import { fileLimits } from './sheet.ts';
import { createExtentFinder, refuseFarReaching, type SheetExtent } from './sheet-extent.ts';

const open = promisify<Buffer, yauzl.Options, yauzl.ZipFile>(yauzl.fromBuffer);
const bomb = () => new Failure('too_large', 'The workbook unpacks to more than it may. Save only the sheet with the recipients, or use .csv.');

export type CheckedWorkbook = {
  /** The first sheet that is not hidden, from 1, and its name. */
  sheet: number;
  name: string;
  /** Cells of that sheet whose formula failed, by address such as B9. The reader passes over them as if they were empty. */
  failedCells: Map<string, string>;
};
type Limits = { unpackedBytes: number; entries: number };

/**
 * Looks into a workbook before any parser does: number of entries, declared sizes, what really comes out, because declared sizes can lie, and
 * how far its sheet reaches. Throws `too_large` or `invalid_input`.
 */
export async function checkWorkbook(content: Buffer, limits: Limits = fileLimits): Promise<CheckedWorkbook> {
  const entries = await entriesOf(content, limits);
  if (entries.length > limits.entries) throw bomb();
  if (entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0) > limits.unpackedBytes) throw bomb();
  const texts = new Map<string, string>();
  const failed = new Map<string, Map<string, string>>();
  const extents = new Map<string, SheetExtent>();
  let left = limits.unpackedBytes;
  await walk(content, async (zip, entry) => {
    const path = entry.fileName;
    const chunks: Buffer[] = [];
    const finder = createFailedCellFinder();
    const extent = createExtentFinder();
    for await (const chunk of await promisify(zip.openReadStream.bind(zip))(entry)) {
      left -= chunk.length;
      if (left < 0) throw bomb();
      if (path === bookPath || path === relationsPath) chunks.push(chunk);
      else if (path.startsWith('xl/worksheets/')) {
        finder.read(chunk);
        extent.read(chunk);
      }
    }
    texts.set(path, Buffer.concat(chunks).toString('utf8'));
    failed.set(path, finder.found);
    extents.set(path, extent.found);
  });
  const book = texts.get(bookPath);
  if (!book) throw new Failure('invalid_input', 'This is not an Excel workbook: it holds no list of sheets.');
  const { id, ...first } = firstVisible(book);
  const target = targetOf(texts.get(relationsPath) ?? '', id);
  refuseFarReaching(extents.get(target) ?? { rows: 0, columns: 0 });
  return { ...first, failedCells: failed.get(target) ?? new Map() };
}

const bookPath = 'xl/workbook.xml';
const relationsPath = 'xl/_rels/workbook.xml.rels';

/** Where the sheet of a relation lies in the archive. */
function targetOf(relations: string, id: string): string {
  const relation = (relations.match(/<(?:\w+:)?Relationship\b[^>]*>/g) ?? []).find((one) => attribute(one, 'Id') === id) ?? '';
  const target = attribute(relation, 'Target');
  return target.startsWith('/') ? target.slice(1) : `xl/${target}`;
}

async function entriesOf(content: Buffer, limits: Limits): Promise<yauzl.Entry[]> {
  const entries: yauzl.Entry[] = [];
  await walk(content, async (_zip, entry) => void entries.push(entry), limits.entries + 1);
  return entries;
}

async function walk(
  content: Buffer,
  visit: (zip: yauzl.ZipFile, entry: yauzl.Entry) => Promise<void>,
  most = Number.POSITIVE_INFINITY,
): Promise<void> {
  const zip = await open(content, { lazyEntries: true, validateEntrySizes: true }).catch(refuse);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let seen = 0;
  zip.on('error', reject);
  zip.on('end', resolve);
  zip.on('entry', (entry: yauzl.Entry) => {
    seen += 1;
    if (seen > most) resolve();
    else visit(zip, entry).then(() => zip.readEntry(), reject);
  });
  zip.readEntry();
  await promise.catch(refuse).finally(() => zip.close());
}

function refuse(error: unknown): never {
  if (error instanceof Failure) throw error;
  if (error instanceof Error && error.message.startsWith('too many bytes')) throw bomb();
  throw new Failure('invalid_input', 'The workbook is damaged. Open it, save it again as .xlsx, and try once more.', { cause: error });
}

function firstVisible(book: string): { sheet: number; name: string; id: string } {
  const sheets = book.match(/<(?:\w+:)?sheet\b[^>]*>/g) ?? [];
  const visible = sheets.findIndex((sheet) => !/hidden/i.test(attribute(sheet, 'state')));
  const at = Math.max(visible, 0);
  return { sheet: at + 1, name: attribute(sheets[at] ?? '', 'name'), id: attribute(sheets[at] ?? '', '(?:\\w+:)?id') };
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\s${name}=(?:"([^"]*)"|'([^']*)')`).exec(tag);
  return (value?.[1] ?? value?.[2] ?? '').replaceAll(/&(amp|lt|gt|quot|apos);/g, (whole, entity: string) => entities[entity] ?? whole);
}
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
