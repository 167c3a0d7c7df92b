import { once } from 'node:events';
import express from 'express';
import { startEmbeddedPostgres } from '#sql/embedded.ts';

/** What a start costs at the very least: Postgres on a cluster that exists, and one Express route that listens. */
const [dataDir = ''] = process.argv.slice(2);
const postgres = await startEmbeddedPostgres({ dataDir });
const app = express();
app.get('/', (_request, response) => void response.send('ready'));
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.({ is: 'ready' });
await once(process, 'disconnect');
server.close();
await postgres.stop();
