import { crc32, deflateRawSync } from 'node:zlib';

/** Parts of a workbook by their path; what is left out is filled in. */
export type WorkbookParts = { sheet?: string; book?: string; more?: Record<string, string | Buffer> };

const types = `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`;
const relations = (target: string, kind: string) =>
  `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${kind}" Target="${target}"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/></Relationships>`;
const book = `<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>`;

/** A workbook written by hand, for what no writing library would make: error cells, gaps, hidden sheets, lies about sizes. */
export function makeWorkbook({ sheet = '', more = {}, ...parts }: WorkbookParts): Buffer {
  const data = `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${sheet}</sheetData></worksheet>`;
  return makeZip({
    '[Content_Types].xml': types,
    '_rels/.rels': relations('xl/workbook.xml', 'officeDocument'),
    'xl/workbook.xml': parts.book ?? book,
    'xl/_rels/workbook.xml.rels': relations('worksheets/sheet1.xml', 'worksheet'),
    'xl/worksheets/sheet1.xml': data,
    ...more,
  });
}

/** A zip archive; `declare` writes other sizes into its directory than the entries really have. */
export function makeZip(files: Record<string, string | Buffer>, declare?: (size: number) => number): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const raw = Buffer.from(content);
    const packed = deflateRawSync(raw);
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(crc32(raw), 0);
    sizes.writeUInt32LE(packed.length, 4);
    sizes.writeUInt32LE(declare ? declare(raw.length) : raw.length, 8);
    const path = Buffer.from(name);
    const local = Buffer.concat([Buffer.from('504b0304140000000800000021000000'.slice(0, 28), 'hex'), sizes, lengths(path.length), path, packed]);
    directory.push(
      Buffer.concat([
        Buffer.from('504b01021400140000000800000021000000'.slice(0, 32), 'hex'),
        sizes,
        lengths(path.length),
        Buffer.alloc(10),
        uint32(offset),
        path,
      ]),
    );
    locals.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, entries, end]);
}

const lengths = (name: number): Buffer => Buffer.from([name & 0xff, name >> 8, 0, 0]);
function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
