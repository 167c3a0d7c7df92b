import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startProgram } from './start-program.ts';

const env = { PATH: '/usr/bin:/bin' };

test('a program is there from its ready line on, is heard on both streams, and is asked to end with its whole group', async () => {
  const heard: string[] = [];
  const inner = '(trap "echo inner; exit" TERM; echo "ready at 7"; while :; do sleep 0.05; done)';
  const ask = { env, isGroup: true, hear: (text: string) => void heard.push(text) };
  const program = await startProgram(['sh', '-c', `echo trouble >&2; ${inner} & wait`], /ready at (\d+)/, ask);
  expect(program.ready[1]).toBe('7');
  await program[Symbol.asyncDispose]();
  // How much comes at once is up to the pipe.
  await expect.poll(() => heard.join('').split('\n')).toEqual(expect.arrayContaining(['inner', 'ready at 7', 'trouble']));
});

test('who waits for a program that ends, does not exist or is stopped is told so', async () => {
  await expect(startProgram(['sh', '-c', 'exit 3'], /ready/, { env })).rejects.toThrow('ended before it was ready');
  await expect(startProgram(['/nowhere/at-all'], /ready/, { env })).rejects.toThrow('ENOENT');
  const stop = new AbortController();
  const waiting = startProgram(['sleep', '100'], /ready/, { env, signal: stop.signal });
  void wait(50).then(() => stop.abort()); // void: it only stops the one above.
  await expect(waiting).rejects.toThrow('abort');
});
