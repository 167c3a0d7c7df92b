import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BrowserSearch, type FoundBrowser, findBrowser } from '#browser-profiles/find-browser.ts';
import { Failure } from '#core/failure.ts';

const run = promisify(execFile);
const minute = 60_000;

/** Finds a browser or gets one, and says in one line which and why. Throws `no_browser` when there is none and none can be had. */
export async function provideBrowser(search: BrowserSearch, log: (line: string) => void, signal: AbortSignal): Promise<FoundBrowser> {
  const found = findBrowser(search) ?? (await download(search, log, signal)) ?? (await installPackage(search, log, signal));
  if (!found) {
    throw new Failure('no_browser', 'No Chrome or Chromium was found, and none could be downloaded. Install one, or set BROWSER_PATH.');
  }
  log(`Browser: ${found.path} (${found.why})`);
  return found;
}

/** Playwright's download. It needs libraries that a bare machine lacks, so it counts only when it runs. */
async function download(search: BrowserSearch, log: (line: string) => void, signal: AbortSignal): Promise<FoundBrowser | null> {
  log('No browser is installed. Downloading Chromium by Playwright ...');
  const program = fileURLToPath(new URL('./cli.js', import.meta.resolve('playwright/package.json')));
  const within = AbortSignal.any([signal, AbortSignal.timeout(4 * minute)]);
  try {
    await run(process.execPath, [program, 'install', '--no-shell', 'chromium'], { signal: within });
    const found = findBrowser(search);
    if (!found) return null;
    await run(found.path, ['--version'], { signal: within });
    return found;
  } catch (error) {
    signal.throwIfAborted();
    log(`That did not work: ${firstLine(error)}`);
    return null;
  }
}

async function installPackage(search: BrowserSearch, log: (line: string) => void, signal: AbortSignal): Promise<FoundBrowser | null> {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return null;
  log('Installing the package chromium by apt-get ...');
  const within = AbortSignal.any([signal, AbortSignal.timeout(8 * minute)]);
  const quiet = { signal: within, maxBuffer: 64 * 1024 * 1024 };
  try {
    await run('apt-get', ['-q', 'update'], quiet);
    // `env`, so that nothing else of our own environment has to be read here.
    await run('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qy', 'install', '--no-install-recommends', 'chromium'], quiet);
  } catch (error) {
    signal.throwIfAborted();
    log(`That did not work: ${firstLine(error)}`);
  }
  const found = findBrowser(search);
  return found?.which === 'system' ? { ...found, why: 'it was just installed from Debian' } : null;
}

/** The words of the program itself rather than Node's "Command failed". */
function firstLine(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  const lines = `${said}\n${error}`.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => /error|failed|unable/i.test(line)) ?? lines[0] ?? '').trim().slice(0, 200);
}
