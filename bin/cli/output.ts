import type { Writable } from 'node:stream';

/** The parts of a terminal's stream that are used; a pipe has no columns. */
type Stream = Writable & { isTTY?: boolean; columns?: number };

export type Output = {
  isJson: boolean;
  /** Whether a person watches, so that lines may be drawn over. */
  isTerminal: boolean;
  /** The answer of a command: one JSON document, or what `human` makes of it. */
  answer<T>(value: T, human: (value: T) => string): void;
  /** One of many answers over time: a JSON line each. */
  line<T>(value: T, human: (value: T) => string): void;
  /** For the eyes of a person only; never mixed into the answer. */
  note(text: string): void;
  /** A note that takes the place of the one before it, where the terminal can do that. */
  progress(text: string): void;
};

export function createOutput({ isJson, stdout, stderr }: { isJson: boolean; stdout: Stream; stderr: Stream }): Output {
  let drawnLines = 0;
  const isTerminal = stderr.isTTY === true;
  const wipe = () => {
    if (drawnLines > 0) stderr.write(`\u001b[${drawnLines}A\u001b[0J`);
    drawnLines = 0;
  };
  return {
    isJson,
    isTerminal,
    answer(value, human) {
      wipe();
      stdout.write(isJson ? `${JSON.stringify(value, null, 2)}\n` : withEnd(human(value)));
    },
    line(value, human) {
      wipe();
      stdout.write(isJson ? `${JSON.stringify(value)}\n` : withEnd(human(value)));
    },
    note(text) {
      wipe();
      stderr.write(withEnd(text));
    },
    progress(text) {
      wipe();
      stderr.write(withEnd(text));
      if (isTerminal) drawnLines = rowsOf(text, stderr.columns ?? 80);
    },
  };
}

const withEnd = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

/** How many rows of the terminal a text takes; colours take none. */
function rowsOf(text: string, columns: number): number {
  const lines = withEnd(text).split('\n').slice(0, -1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil([...line.replace(/\u001b\[[0-9;]*m/g, '')].length / columns)), 0);
}
