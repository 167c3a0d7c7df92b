import { startEmbeddedPostgres } from '#sql/embedded.ts';

// A process that a test can kill: it owns a Postgres until then.
const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '' });
process.stdout.write(`${JSON.stringify({ pid: postgres.pid, url: postgres.adminUrl })}\n`);
