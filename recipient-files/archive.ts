import { promisify } from 'node:util';
import yauzl from 'yauzl';
import { Failure } from '#core/failure.ts';
import { fileLimits } from './sheet.ts';

type Limits = { unpackedBytes: number; entries: number };
/** A zip archive whose entries are unpacked one by one, piece by piece. */
export type Archive = Disposable & {
  has(path: string): boolean;
  /** The pieces of an entry; none where there is no such entry. No entry gives more than the whole archive may hold. */
  read(path: string): AsyncGenerator<Buffer>;
};

const open = promisify<Buffer, yauzl.Options, yauzl.ZipFile>(yauzl.fromBuffer);
const bomb = () => new Failure('too_large', 'The workbook unpacks to more than it may. Save only the sheet with the recipients, or use .csv.');

/**
 * Reads the directory of an archive and unpacks nothing yet. Throws `too_large` for more entries than any workbook has, or for what declares
 * more than it may hold; what declares less than it holds is found out while it is read. Throws `invalid_input` for what is damaged.
 */
export async function openArchive(content: Buffer, limits: Limits = fileLimits): Promise<Archive> {
  const zip = await open(content, { lazyEntries: true, validateEntrySizes: true, autoClose: false }).catch(refuse);
  const entries = await entriesOf(zip, limits).catch(refuse);
  if ([...entries.values()].reduce((sum, entry) => sum + entry.uncompressedSize, 0) > limits.unpackedBytes) throw bomb();
  return {
    has: (path) => entries.has(path),
    async *read(path) {
      const entry = entries.get(path);
      if (!entry) return;
      let left = limits.unpackedBytes;
      try {
        for await (const piece of await promisify(zip.openReadStream.bind(zip))(entry)) {
          left -= piece.length;
          if (left < 0) throw bomb();
          yield piece;
        }
      } catch (error) {
        refuse(error);
      }
    },
    [Symbol.dispose]: () => zip.close(),
  };
}

async function entriesOf(zip: yauzl.ZipFile, limits: Limits): Promise<Map<string, yauzl.Entry>> {
  const entries = new Map<string, yauzl.Entry>();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  zip.on('error', reject);
  zip.on('end', resolve);
  zip.on('entry', (entry: yauzl.Entry) => {
    entries.set(entry.fileName, entry);
    if (entries.size > limits.entries) reject(bomb());
    else zip.readEntry();
  });
  zip.readEntry();
  await promise;
  return entries;
}

function refuse(error: unknown): never {
  if (error instanceof Failure) throw error;
  if (error instanceof Error && error.message.startsWith('too many bytes')) throw bomb();
  throw new Failure('invalid_input', 'The workbook is damaged. Open it, save it again as .xlsx, and try once more.', { cause: error });
}
