import { createGuardedRequest } from '#channels/guarded-request.ts';
import { readRange } from '#core/public-address.ts';
import { databaseClock } from '#sql/clock.ts';
import { openDatabase } from '#sql/database.ts';
import { createSealer } from '#sql/sealed.ts';
import { createHookWork } from '#workers/hooks.ts';

/** A worker of its own for the test that kills it: posts to hooks until somebody ends it. */
const [url = '', key = ''] = process.argv.slice(2);
const { db } = await openDatabase({ url, max: 3 });
const clock = databaseClock(db);
await clock.settle();
const work = createHookWork({
  db,
  clock,
  sealer: createSealer(key),
  ask: createGuardedRequest([readRange('127.0.0.0/8')].filter((one) => one !== null)),
  random: Math.random,
  tell: () => undefined,
  log: { warn: (fields: object) => void process.stderr.write(`${JSON.stringify(fields)}\n`) },
});
await work.look(new AbortController().signal);
await work.settled();
