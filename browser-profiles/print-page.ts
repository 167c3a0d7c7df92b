import { chromium } from 'playwright';
import { Failure } from '#core/failure.ts';
import { findBrowser } from './find-browser.ts';

export type Printer = (html: string, signal: AbortSignal) => Promise<Buffer>;

/** A person waits for it. */
const longestMs = 60_000;

/** Makes PDFs (A4) of pages of ours, one at a time, in a browser of its own that runs no script and reaches nothing. Throws `no_browser`. */
export function createPrinter(browserPath: string | undefined): Printer {
  let last: Promise<unknown> = Promise.resolve();
  return (html, signal) => {
    const printed = last.then(() => print(html, { browserPath, signal }));
    last = printed.catch(() => undefined);
    return printed;
  };
}

async function print(html: string, { browserPath, signal }: { browserPath: string | undefined; signal: AbortSignal }): Promise<Buffer> {
  signal.throwIfAborted();
  const found = findBrowser({ browserPath });
  if (!found) throw new Failure('no_browser');
  const browser = await chromium.launch({ executablePath: found.path, chromiumSandbox: process.getuid?.() !== 0, timeout: longestMs });
  const end = () => void browser.close().catch(() => undefined);
  signal.addEventListener('abort', end);
  try {
    const context = await browser.newContext({ javaScriptEnabled: false, offline: true });
    const page = await context.newPage();
    await page.setContent(html, { timeout: longestMs });
    return await page.pdf({
      format: 'A4',
      printBackground: true,
      tagged: true,
      margin: { top: '14mm', bottom: '14mm', left: '12mm', right: '12mm' },
    });
  } finally {
    signal.removeEventListener('abort', end);
    await browser.close();
  }
}
