import { execFile } from 'node:child_process';
import { join } from 'node:path';

export type ToolRun = { code: number; output: string; complaint: string };

/** Runs a program of node_modules/.bin and gives back what it said, whatever its exit code. */
export async function runTool(root: string, words: readonly [string, ...string[]], signal: AbortSignal, cwd = root): Promise<ToolRun> {
  const [name, ...args] = words;
  return await new Promise((resolve, reject) => {
    // A listing of every file that a compiler reads is a few MB.
    execFile(join(root, 'node_modules/.bin', name), args, { cwd, signal, maxBuffer: 64 * 1024 * 1024 }, (error, output, complaint) => {
      if (error && typeof error.code !== 'number') reject(new Error(`${name} could not be run`, { cause: error }));
      else resolve({ code: Number(error?.code ?? 0), output, complaint });
    });
  });
}
