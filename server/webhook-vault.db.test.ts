import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { mostTogether, type NewWebhook } from '#sql/webhooks.ts';
import { createVault } from './webhook-vault.ts';

let database: TestDatabase;
let admin: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await database[Symbol.asyncDispose]();
});

function webhook(body: string): NewWebhook {
  const bytes = Buffer.from(body);
  return {
    platform: 'whatsapp',
    body: bytes,
    digest: createHash('sha256').update(bytes).digest(),
    signedBy: body.slice(0, 9),
    headers: { of: body.slice(0, 9) },
  };
}
type Kept = { body: Buffer; digest: Buffer; signed_by: string; headers: { of: string }; statement: string };
async function kept(): Promise<Kept[]> {
  const { rows } = await admin.query<Kept>('select body, digest, signed_by, headers, xmin::text as statement from webhook_deliveries');
  return rows;
}

test('bodies that come together are written together, each with what belongs to it', async () => {
  const vault = createVault(database.db);
  const bodies = Array.from({ length: 5 * mostTogether }, (_, nth) => `body ${nth} `);
  await Promise.all(bodies.map((body) => vault.keep(webhook(body))));
  const rows = await kept();
  expect(rows.map((row) => row.body.toString()).toSorted()).toEqual(bodies.toSorted());
  for (const row of rows)
    expect({ digest: row.digest, by: row.signed_by, of: row.headers.of }).toEqual({
      digest: webhook(String(row.body)).digest,
      by: String(row.body).slice(0, 9),
      of: String(row.body).slice(0, 9),
    });
  // The first two are written at once, what has gathered meanwhile in five statements.
  expect(new Set(rows.map((row) => row.statement)).size).toBeLessThanOrEqual(7);
});

test('who was in a statement that failed hears of it, and who comes after is kept', async () => {
  const vault = createVault(database.db);
  const before = (await kept()).length;
  const tooLarge = { ...webhook('too large'), body: Buffer.alloc(4 * 1024 * 1024 + 1) };
  const ends = await Promise.allSettled([tooLarge, webhook('beside it'), webhook('after it')].map((one) => vault.keep(one)));
  expect(ends.map((end) => end.status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  await vault.keep(webhook('later'));
  expect(await kept()).toHaveLength(before + 3);
});
