import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';

/** The words of a PDF, page after page; lines and columns are parted by single spaces. */
export async function readPdf(file: Uint8Array): Promise<string> {
  const pdf = await getDocument({ data: new Uint8Array(file), verbosity: 0 }).promise;
  const pages = await Promise.all(Array.from({ length: pdf.numPages }, (_, nth) => pdf.getPage(nth + 1).then((page) => page.getTextContent())));
  await pdf.loadingTask.destroy();
  return inOneLine(pages.flatMap(({ items }) => items.map((item) => ('str' in item ? item.str : ''))).join(' '));
}

export const inOneLine = (text: string): string => text.normalize('NFKC').replaceAll(/\s+/g, ' ').trim();
