import type { ReporterOptions } from 'knip';

/** A reporter of knip that says how much it looked at, for the closing line of `npm run check`. */
export default function reportCounts({ counters, report }: ReporterOptions): void {
  console.log(JSON.stringify({ files: counters.total, rules: Object.values(report).filter(Boolean).length }));
}
