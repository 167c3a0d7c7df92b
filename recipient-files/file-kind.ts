import { Failure } from '#core/failure.ts';
import { fileLimits } from './sheet.ts';

export type RecipientFile = { name: string; content: Buffer };
export type FileKind = 'xlsx' | 'csv';

const wrong = (sentence: string) => new Failure('unsupported_format', sentence, { fields: { file: sentence } });

/** What a file is by its bytes; its name only has the last word on what is plain text. Throws `unsupported_format`, `too_large` or `invalid_input`. */
export async function kindOfFile({ name, content }: RecipientFile): Promise<FileKind> {
  if (content.length === 0) throw new Failure('invalid_input', 'The file is empty.', { fields: { file: 'is empty' } });
  if (content.length > fileLimits.bytes)
    throw new Failure('too_large', 'The file is larger than 20 MB. Split it.', { fields: { file: 'is larger than 20 MB' } });
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  // Loaded for the first file: a start does not wait for it.
  const { fileTypeFromBuffer } = await import('file-type');
  const found = await fileTypeFromBuffer(content);
  if (found?.ext === 'xlsx') return 'xlsx';
  if (found) throw wrong(sentenceFor(found.ext, ending));
  if (/^(xlsx|xlsm|xls|ods)$/.test(ending))
    throw wrong(`This file is named .${ending}, but it is not an Excel workbook. Save it again as .xlsx or .csv.`);
  if (!/^(csv|tsv|txt)$/.test(ending)) throw wrong('Give a .xlsx or .csv file.');
  if (/^\s*(<!doctype|<html|<table|%PDF|\{\\rtf)/i.test(content.subarray(0, 512).toString('latin1')))
    throw wrong(`This file is named .${ending}, but it is a web page or a document.`);
  return 'csv';
}

/** Old .xls files and workbooks with a password are both compound files (cfb). */
function sentenceFor(type: string, ending: string): string {
  if (type === 'cfb') return 'This is an old .xls file or a workbook with a password. Save it as .xlsx without one.';
  if (type === 'xlsm' || type === 'xltx' || type === 'xltm') return 'This workbook is a template or holds macros. Save it as .xlsx.';
  if (type === 'ods') return 'This is an OpenDocument sheet. Save it as .xlsx or .csv.';
  if (type === 'zip') return 'This is a zip archive, not an Excel workbook.';
  return `This file is named .${ending || '?'}, but it is of another kind (${type}). Give a .xlsx or .csv file.`;
}
