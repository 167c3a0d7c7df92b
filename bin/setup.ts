import { provideBrowser } from '#bin/provide-browser.ts';
import { provideUi } from '#bin/provide-ui.ts';
import { readSetupConfig } from '#bin/setup-config.ts';
import { Failure } from '#core/failure.ts';

/** `npm run setup`: what a fresh clone lacks after `npm ci`. It does nothing when everything is there. */
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
try {
  await provideBrowser(readSetupConfig(), console.log, interrupted.signal);
  await provideUi(console.log);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
