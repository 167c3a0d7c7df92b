import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Failure } from '#core/failure.ts';

/** Asks the person at the terminal; the questions go to stderr, so that stdout holds answers only. */
export type Prompt = {
  isPossible: boolean;
  ask(question: string): Promise<string>;
  /** Shows nothing of what is typed. Without a terminal, the first line of stdin is taken. */
  askSecret(question: string): Promise<string>;
  /** False at once where nobody can be asked. */
  confirm(question: string): Promise<boolean>;
};

export function createPrompt(signal: AbortSignal): Prompt {
  const { stdin, stderr } = process;
  const isPossible = stdin.isTTY === true;

  async function read({ question, isHidden }: { question: string; isHidden: boolean }): Promise<string> {
    const output = isHidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr;
    const lines = createInterface({ input: stdin, output, terminal: isPossible });
    // In raw mode Ctrl-C arrives as a key.
    lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    try {
      if (isHidden && isPossible) stderr.write(question);
      return await lines.question(isHidden ? '' : question, { signal });
    } finally {
      lines.close();
      if (isHidden && isPossible) stderr.write('\n');
    }
  }

  return {
    isPossible,
    async ask(question) {
      const answer = (await read({ question, isHidden: false })).trim();
      if (answer === '') throw new Failure('invalid_input', 'Nothing was given.');
      return answer;
    },
    askSecret: (question) => (isPossible ? read({ question, isHidden: true }) : firstLine(signal)),
    async confirm(question) {
      if (!isPossible) return false;
      return /^y(es)?$/i.test((await read({ question: `${question} [y/N] `, isHidden: false })).trim());
    },
  };
}

async function firstLine(signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, signal });
  for await (const line of lines) return line;
  throw new Failure('invalid_input', 'Nothing came on stdin.');
}
