import { parseArgs } from 'node:util';

export type BenchOptions = { names: string[]; json: boolean; pairs: number; size: number | null };

/** Fewer pairs say little about a machine that does other things as well. */
const usualPairs = 5;

/** `npm run bench [NAME...] [-- --json] [--pairs N] [--size N]`. */
export function readBenchOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: 'boolean' }, pairs: { type: 'string' }, size: { type: 'string' } },
  });
  const pairs = Math.max(1, Number(values.pairs ?? usualPairs) || usualPairs);
  return { names: positionals, json: values.json ?? false, pairs, size: Number(values.size) || null };
}
