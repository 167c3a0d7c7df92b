import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import pg from 'pg';

/** What taking a webhook in costs at the very least: one Express route that compares the signature, writes the body in one insert and answers. */
const [connectionString = '', secret = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString, max: 12 });
await pool.query(`create table if not exists bare_bodies (id bigint generated always as identity primary key, body bytea not null,
  received_at timestamptz not null default now())`);
const app = express();
app.post('/api/webhooks/whatsapp', express.raw({ type: () => true, limit: '4mb' }), async (request, response) => {
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(request.body).digest('hex')}`);
  const given = Buffer.from(request.get('x-hub-signature-256') ?? '');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    response.status(401).end();
    return;
  }
  await pool.query('insert into bare_bodies (body) values ($1)', [request.body]);
  response.status(200).end();
});
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo; // A TCP server has an AddressInfo.
process.stdout.write(`The bare route is ready at http://127.0.0.1:${port}\n`);
process.once('SIGTERM', () => void pool.end().then(() => process.exit(0)));
