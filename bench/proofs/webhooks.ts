import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { bareConfig } from '#bin/bare-config.ts';
import { signUp } from '#bin/demo/http-client.ts';
import { startProduct } from '#bin/product.ts';
import type { Client } from '#core/api/client.ts';
import type { Platform } from '#core/platform-event.ts';
import { type Db, inWorkspace, openDatabase } from '#sql/database.ts';
import { addPlatformAccount } from '#sql/testing/add-platform-account.ts';
import { seededRandom, shuffle } from '#workers/testing/seeded.ts';
import { stateOf } from '#workers/testing/vault.ts';
import { bodiesFor, type Ends } from '#workers/testing/webhook-stories.ts';
import type { ProofOptions } from './options.ts';

/** What a platform does with a body that was not answered 200: it comes again. So many at once. */
const atOnce = 12;
const secret = 'proof-of-webhooks';
const longestMs = 600_000;

/**
 * 3.9: the whole product takes in the bodies of many stories, each twice, in any order, a tenth of them with a forged copy beside it, while
 * Postgres is killed over and over: it ends in the state of the same stories brought once and in order, holds every body that it answered 200,
 * and nothing of a forged one; and replaying the whole vault changes nothing.
 */
export async function proveWebhooks(options: ProofOptions): Promise<string[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-proof-'));
  try {
    await using product = await startProduct(bareConfig(dataDir, { META_APP_SECRET: secret }), () => undefined);
    await using database = await openDatabase({ url: product.databaseUrl, max: 2 });
    const ground: Ground = { url: product.url, databaseUrl: product.databaseUrl, db: database.db, random: seededRandom(options.seed) };
    const stories = options.isShare ? 25 : 125;
    const ordered = await runOrdered(ground, stories);
    const kills = options.isShare ? 2 : 10;
    const { state, replayed, problems } = await runRough(ground, stories, { kills, pidFile: join(dataDir, 'postgres', 'cluster', 'postmaster.pid') });
    if (state !== ordered) problems.push(`The rough run ended in another state than the ordered one: ${difference(ordered, state)}`);
    if (replayed !== state) problems.push(`Replaying the vault changed the state: ${difference(state, replayed)}`);
    return problems;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

type Ground = { url: string; databaseUrl: string; db: Db; random: () => number };
type Place = { client: Client; workspaceId: string; ends: Ends };
type Post = { platform: Platform; bytes: Buffer; signature: string | null; isForged: boolean };

async function addPlace({ url, db }: Ground, name: string): Promise<Place> {
  const client = await signUp(url, { email: `${name}@patchbay.test`, password: 'proof-of-every-body', name, workspace: name, zone: 'UTC' });
  const { workspace } = await client.me({});
  const ends: Ends = { phone: `phone-${randomUUID()}`, page: `page-${randomUUID()}` };
  await inWorkspace(db, workspace.id, async (trx) => {
    await addPlatformAccount(trx, { workspaceId: workspace.id, platform: 'whatsapp', name: 'wa', externalId: ends.phone });
    await addPlatformAccount(trx, { workspaceId: workspace.id, platform: 'messenger', name: 'fb', externalId: ends.page });
  });
  return { client, workspaceId: workspace.id, ends };
}

async function look({ db }: Ground, { workspaceId, ends }: Place): Promise<string> {
  const state = await again(() => stateOf(db, workspaceId));
  return state.replaceAll(ends.phone, 'phone').replaceAll(ends.page, 'page');
}

/** A connection that was open when Postgres was killed fails once. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let left = 20; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left === 0) throw error;
      await wait(500);
    }
  }
}

async function runOrdered(ground: Ground, stories: number): Promise<string> {
  const place = await addPlace(ground, 'ordered');
  for (const post of postsFor(place.ends, stories)) await bringUntilTaken(ground.url, post);
  await untilWorked(ground);
  return look(ground, place);
}

async function runRough(ground: Ground, stories: number, { kills, pidFile }: { kills: number; pidFile: string }) {
  const place = await addPlace(ground, 'rough');
  const posts = postsFor(place.ends, stories);
  const forged = posts.flatMap((post) => (ground.random() < 0.1 ? [forgeryOf(post, ground.random())] : []));
  const all = shuffle([...posts, ...posts, ...forged], ground.random);
  const taken: Buffer[] = [];
  const refused = { count: 0 };
  const killAt = new Set(Array.from({ length: kills }, (_, nth) => Math.floor(((nth + ground.random()) * all.length) / kills)));
  const problems: string[] = [];
  const waiting = all.entries();
  const bringSome = async () => {
    for (const [nth, post] of waiting) {
      if (killAt.has(nth)) await killPostgres(pidFile);
      if (!post.isForged) {
        await bringUntilTaken(ground.url, post);
        taken.push(post.bytes);
      } else if (await isRefused(ground.url, post)) refused.count += 1;
      else problems.push('A forged body was answered 200.');
    }
  };
  await Promise.all(Array.from({ length: atOnce }, bringSome));
  await untilWorked(ground);
  const held = await again(() => heldIn(ground.databaseUrl));
  const lost = countOf(taken).filter(([digest, times]) => (held.get(digest) ?? 0) < times).length;
  if (lost > 0) problems.push(`${lost} bodies that were answered 200 do not lie in the vault.`);
  const foreign = forged.filter((post) => held.has(digestOf(post.bytes)) && post.signature !== null).length;
  if (foreign > 0) problems.push(`${foreign} forged bodies lie in the vault.`);
  const state = await look(ground, place);
  await again(() => place.client.replayWebhooks({ body: { state: 'processed' } }));
  await untilWorked(ground);
  console.log(`${posts.length} bodies twice, ${refused.count} of ${forged.length} forged ones refused, Postgres killed ${kills} times`);
  return { state, replayed: await look(ground, place), problems };
}

const postsFor = (ends: Ends, stories: number): Post[] =>
  bodiesFor(ends, stories).map(({ platform, body }) => {
    const bytes = Buffer.from(JSON.stringify(body));
    return { platform, bytes, signature: signatureOf(bytes, secret), isForged: false };
  });

/** Says something else under the signature of the body that it was, or is signed with another secret, or by nobody. */
function forgeryOf(post: Post, chance: number): Post {
  const bytes = Buffer.from(
    post.bytes
      .toString()
      .replace(/"body":"[^"]*"/, '"body":"forged"')
      .replace(/"status":"\w+"/, '"status":"deleted"'),
  );
  const text = bytes.equals(post.bytes) ? Buffer.concat([bytes, Buffer.from(' ')]) : bytes;
  if (chance < 0.4) return { ...post, bytes: text, isForged: true };
  return { ...post, bytes: text, isForged: true, signature: chance < 0.8 ? signatureOf(text, randomBytes(8).toString('hex')) : null };
}

const signatureOf = (bytes: Buffer, key: string): string => `sha256=${createHmac('sha256', key).update(bytes).digest('hex')}`;
const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function countOf(bodies: readonly Buffer[]): [string, number][] {
  const times = new Map<string, number>();
  for (const body of bodies) times.set(digestOf(body), (times.get(digestOf(body)) ?? 0) + 1);
  return [...times];
}

async function bring(url: string, { platform, bytes, signature }: Post): Promise<number> {
  const headers = { 'content-type': 'application/json', ...(signature && { 'x-hub-signature-256': signature }) };
  const reply = await fetch(`${url}/api/webhooks/${platform}`, { method: 'POST', headers, body: new Uint8Array(bytes) });
  await reply.arrayBuffer();
  return reply.status;
}

async function bringUntilTaken(url: string, post: Post): Promise<void> {
  const deadline = performance.now() + longestMs;
  while ((await bring(url, post)) !== 200) {
    if (performance.now() > deadline) throw new Error('A body was not taken for ten minutes.');
    await wait(100);
  }
}

/** Until it was said, not only until the database was away. */
async function isRefused(url: string, post: Post): Promise<boolean> {
  const deadline = performance.now() + longestMs;
  for (;;) {
    const status = await bring(url, post);
    if (status === 401 || status === 429) return true;
    if (status === 200) return false;
    if (performance.now() > deadline) throw new Error(`A forged body is answered with ${status}.`);
    await wait(100);
  }
}

async function killPostgres(pidFile: string): Promise<void> {
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL');
  } catch {
    // Between two lives there is nobody to kill, and the file still names who is gone.
  }
}

async function untilWorked({ databaseUrl }: Ground): Promise<void> {
  const deadline = performance.now() + longestMs;
  for (;;) {
    const rows = await ask<{ state: string; count: number }>(
      databaseUrl,
      `select state, count(*)::int as count from webhook_deliveries where state in ('pending', 'failed') group by 1
       union all select 'waiting', count(*)::int from waiting_marks() having count(*) > 0`,
    ).catch(() => null);
    const failed = rows?.find((row) => row.state === 'failed');
    if (failed) throw new Error(`${failed.count} bodies could not be processed.`);
    if (rows?.length === 0) return;
    if (performance.now() > deadline) throw new Error('The vault was not worked through within ten minutes.');
    await wait(300);
  }
}

async function heldIn(databaseUrl: string): Promise<Map<string, number>> {
  const rows = await ask<{ digest: string; count: number }>(
    databaseUrl,
    `select encode(digest, 'hex') as digest, count(*)::int as count from webhook_deliveries group by 1`,
  );
  return new Map(rows.map((row) => [row.digest, row.count]));
}

/** As the owner of everything: the vault as it is, not as somebody may see it. */
async function ask<Row extends pg.QueryResultRow>(connectionString: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The first lines that are not the same. */
function difference(expected: string, found: string): string {
  const [before, after] = [expected.split('\n'), found.split('\n')];
  const at = before.findIndex((line, nth) => line !== after[nth]);
  return `line ${at}: ${before.slice(at, at + 3).join(' ')} became ${after.slice(at, at + 3).join(' ')}`;
}
