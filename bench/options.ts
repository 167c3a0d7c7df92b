import { parseArgs } from 'node:util';

export type BenchOptions = { names: string[]; json: boolean; pairs: number; size: number | null; dkim: boolean };

/** Fewer pairs say little about a machine that does other things as well. */
const usualPairs = 5;

/** `npm run bench [NAME...] [-- --json] [--pairs N] [--size N] [--dkim]`: with `--dkim` both sides of `mail` sign. */
export function readBenchOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: 'boolean' }, pairs: { type: 'string' }, size: { type: 'string' }, dkim: { type: 'boolean' } },
  });
  const pairs = Math.max(1, Number(values.pairs ?? usualPairs) || usualPairs);
  return { names: positionals, json: values.json ?? false, pairs, size: Number(values.size) || null, dkim: values.dkim ?? false };
}
