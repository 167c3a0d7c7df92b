import { ProfileHost } from '#browser-profiles/host.ts';
import { memoryLeases } from './memory-leases.ts';
import { specOf } from './open-host.ts';

/** A worker of its own for the test that kills it: opens one profile, says so on stdout, and waits for its end. */
const [browserPath = '', dataDir = '', baseUrl = ''] = process.argv.slice(2);
const host = new ProfileHost({
  browserPath,
  dataDir,
  sandbox: process.getuid?.() !== 0,
  slots: 1,
  leases: memoryLeases(),
  log: { info: () => undefined, warn: () => undefined },
});
await host.start(specOf('a', baseUrl), new AbortController().signal);
process.stdout.write('opened\n');
