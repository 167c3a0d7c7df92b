import { measureFanOut } from './fan-out.ts';
import { isKept, lineOf, type Measure, machine } from './figure.ts';
import { measureImport } from './import.ts';
import { measureLive } from './live.ts';
import { measureMail } from './mail.ts';
import { readBenchOptions } from './options.ts';
import { measurePlan } from './plan.ts';
import { measureStart } from './start.ts';
import { measureThumbnail } from './thumbnail.ts';
import { measureWebhooks } from './webhooks.ts';

/** `npm run bench [NAME]`: one line for each measure. Exit 1 only when a promised ratio is missed. */
const measures: Record<string, Measure> = {
  mail: measureMail,
  start: measureStart,
  thumbnail: measureThumbnail,
  live: measureLive,
  webhooks: measureWebhooks,
  'fan-out': measureFanOut,
  plan: measurePlan,
  import: measureImport,
};
const { names, json, pairs, size, dkim } = readBenchOptions(process.argv.slice(2));
const unknown = names.filter((name) => !(name in measures));
if (unknown.length > 0) {
  console.error(`There is no measure named "${unknown.join('", "')}". There are: ${Object.keys(measures).join(', ')}.`);
  process.exit(2);
}
const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('stopped')));
const before = machine();
if (!json) console.log(`machine: ${before.cores} cores (${before.model}), load ${before.load}`);
const say = (line: string) => void process.stderr.write(`${line}\n`);
const figures = [];
for (const [name, measure] of Object.entries(measures)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const measured = [await measure({ pairs, size, dkim, say, signal: stop.signal })].flat();
  figures.push(...measured);
  if (!json) for (const figure of measured) console.log(lineOf(figure));
}
if (json) console.log(JSON.stringify({ machine: before, loadAfter: machine().load, figures }));
process.exitCode = figures.every(isKept) ? 0 : 1;
