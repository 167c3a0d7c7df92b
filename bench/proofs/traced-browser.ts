import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '#core/failure.ts';
import { type NetworkCall, readCalls } from './network-calls.ts';

/** A browser that runs under strace from its first process on: `path` is started in its place, `calls` is what all of its processes did. */
export type TracedBrowser = { path: string; calls(): Promise<NetworkCall[]>; starts(): Promise<number> } & AsyncDisposable;

/** Every call that can name where bytes go to. On a socket that is connected already, strace says which kind it is. */
const traced = 'connect,sendto,sendmsg,sendmmsg';

/** `without` names switches that are taken away from the product's own, to show that the proof sees what they keep in. Throws when strace cannot trace here. */
export async function traceBrowser(browserPath: string, without: readonly string[] = []): Promise<TracedBrowser> {
  await requireStrace();
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-proof-proxies-'));
  const path = join(folder, 'browser.sh');
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  // strace hands the descriptors on, so Playwright's pipe reaches the browser; `exec` leaves no process between them.
  const strace = `strace -f --seccomp-bpf -qq -yy -s 0 --signal=none -e trace=${traced} -o ${quoted(folder)}/calls.$$`;
  const dropped = ['--dropped', ...without].map((name) => `${name}=*`).join('|');
  await writeFile(
    path,
    `#!/bin/sh
case "$1" in --version) exec ${quoted(browserPath)} --version;; esac
for one do
  shift
  case "$one" in ${dropped}) ;; *) set -- "$@" "$one";; esac
done
exec ${strace} ${quoted(browserPath)} "$@"
`,
  );
  await chmod(path, 0o755);
  const files = async () => (await readdir(folder)).filter((name) => name.startsWith('calls.'));
  return {
    path,
    starts: async () => (await files()).length,
    calls: async () => (await Promise.all((await files()).map(async (name) => readCalls(await readFile(join(folder, name), 'utf8'))))).flat(),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** A proof that cannot look proves nothing: it installs strace where it may (as root on Debian), else it fails and says what to install or allow. */
async function requireStrace(): Promise<void> {
  if (await run('strace', ['-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', 'true'])) return;
  if (!(await run('strace', ['-V']))) {
    console.log('strace is not installed: trying apt-get install strace');
    const isThere = process.getuid?.() === 0 && (await run('apt-get', ['-qy', 'install', '--no-install-recommends', 'strace']));
    if (!isThere) throw new Failure('config_invalid', 'strace is not installed: apt-get install strace.');
  }
  if (await run('strace', ['-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', 'true'])) return;
  throw new Failure('config_invalid', 'strace cannot trace here. A container needs the capability SYS_PTRACE (docker run --cap-add SYS_PTRACE).');
}

const run = (program: string, args: readonly string[]): Promise<boolean> =>
  promisify(execFile)(program, [...args], { timeout: 120_000 }).then(
    () => true,
    () => false,
  );
