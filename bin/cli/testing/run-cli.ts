import { spawn } from 'node:child_process';
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
    async runUntil(words, until) {
      const child = start(words, {});
      child.stdin.end();
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += String(chunk);
        if (until(said)) child.kill('SIGINT');
      });
      return await ended(child);
    },
    async signIn(server, { email, password }) {
      const { code, stderr } = await run(['login', server, '--mail', email], { env: { PATCHBAY_PASSWORD: password } });
      if (code !== 0) throw new Error(`login ended with ${code}: ${stderr}`);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function ended(child: ReturnType<typeof spawn>): Promise<CliRun> {
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
