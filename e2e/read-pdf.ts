import { extractText } from 'unpdf';

/** The words of a PDF, page after page; lines and columns are parted by single spaces. */
export async function readPdf(file: Uint8Array): Promise<string> {
  const { text } = await extractText(new Uint8Array(file), { mergePages: true });
  return inOneLine(text);
}

export const inOneLine = (text: string): string => text.normalize('NFKC').replaceAll(/\s+/g, ' ').trim();
