import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../patchbay.cjs', import.meta.url));

export type CliRun = { code: number | null; stdout: string; stderr: string };
export type CliHome = AsyncDisposable & {
  folder: string;
  sessionFile: string;
  run(words: readonly string[], options?: { input?: string; env?: Record<string, string> }): Promise<CliRun>;
  /** Runs until it ends by itself or `until` says that it has said enough; then it is interrupted as Ctrl-C does. */
  runUntil(words: readonly string[], until: (stdout: string) => boolean): Promise<CliRun>;
  /** Runs to its own end, and tells all that has been said so far whenever more is. */
  runWhile(words: readonly string[], hear: (stdout: string) => Promise<void>): Promise<CliRun>;
  signIn(server: string, person: { email: string; password: string }): Promise<void>;
};

/** A person's machine with the command on it: a home of its own, and nothing of this process's environment. */
export async function openCliHome(): Promise<CliHome> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-cli-'));

  async function run(words: readonly string[], { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {}): Promise<CliRun> {
    const child = start(words, env);
    child.stdin.end(input);
    return await ended(child);
  }

  async function runWhile(words: readonly string[], hear: (said: string, child: ChildProcess) => Promise<void>): Promise<CliRun> {
    const child = start(words, {});
    child.stdin.end();
    let said = '';
    let hearing = Promise.resolve();
    child.stdout.on('data', (chunk) => {
      said += String(chunk);
      const soFar = said;
      hearing = hearing.then(() => hear(soFar, child));
    });
    const run = await ended(child);
    await hearing;
    return run;
  }

  function start(words: readonly string[], env: Record<string, string>) {
    return spawn(process.execPath, [program, ...words], {
      cwd: folder,
      env: { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), TZ: 'UTC', ...env },
    });
  }

  return {
    folder,
    sessionFile: join(folder, 'config', 'patchbay', 'session.json'),
    run,
    runUntil: (words, until) =>
      runWhile(words, async (said, child) => {
        if (until(said)) child.kill('SIGINT');
      }),
    runWhile,
    async signIn(server, { email, password }) {
      const { code, stderr } = await run(['login', server, '--mail', email], { env: { PATCHBAY_PASSWORD: password } });
      if (code !== 0) throw new Error(`login ended with ${code}: ${stderr}`);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function ended(child: ChildProcess): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : null, stdout, stderr };
}
