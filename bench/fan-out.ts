import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { startProgram } from '#bin/start-program.ts';
import { createClient } from '#core/api/client.ts';
import type { Event } from '#core/events.ts';
import { type Db, inWorkspace, openDatabase } from '#sql/database.ts';
import { startEmbeddedPostgres } from '#sql/embedded.ts';
import { createBell, recordEvent } from '#sql/events.ts';
import { migrate } from '#sql/migrate.ts';
import { type BareAnswer, type BareAsk, type ClientsAnswer, type ClientsAsk, clockOf } from './fan-out-words.ts';
import { alternate, type Figure, figureOf, type MeasureAsk } from './figure.ts';

const workspaces = 20;
const socketsEach = 50;
/** 200 commits a second, of all workspaces together. */
const everyMs = 5;
/** Commits per leg, five seconds of them: each is heard by fifty. */
const usualCommits = 1000;
const cuts = { times: 100, everyMs: 40 };
const key = 'bench-key-of-at-least-32-characters';
const person = { email: 'bench0@patchbay.test', password: 'bench-of-news-to-many' };
const program = (name: string) => fileURLToPath(new URL(name, import.meta.url));

type Room = { workspaceId: string; url: string; token: string | null };

/**
 * Milliseconds from a commit until a page has heard of it, the 99th percentile over all pages: a thousand sockets of twenty workspaces on the product's
 * server, against the same frames from a bare WebSocket server with rooms of as many sockets, which is told of each commit as soon as it is done. Both
 * legs make the same commits, those of the bare one in workspaces that no page watches: a disk that stalls makes either burst. Afterwards a hundred of
 * the product's lines are broken meanwhile: then each page must have heard each piece of news once, in the order of the log.
 */
export async function measureFanOut({ pairs, size, say }: MeasureAsk): Promise<Figure> {
  const commits = Math.ceil((size ?? usualCommits) / workspaces) * workspaces;
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-bench-'));
  try {
    await using parts = new AsyncDisposableStack();
    const postgres = parts.use(await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') }));
    await migrate(postgres.adminUrl);
    const env = { DATABASE_URL: postgres.adminUrl, PATCHBAY_KEY: key, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn' };
    const server = parts.use(await startProgram([process.execPath, program('../server/main.ts')], /ready at (http:\S+)/, { env }));
    const { db } = parts.use(await openDatabase({ url: postgres.adminUrl, max: 4 }));
    const rooms = await addRooms(db, server.ready[1] ?? '');
    const unwatched = await Promise.all(rooms.map((_, nth) => addWorkspace(db, `unwatched${nth}`)));
    const bare = parts.use(await startFork<BareAsk, BareAnswer>('bare-broadcast.ts'));
    const listens = await bare.hear();
    const bareRooms = Array.from({ length: workspaces }, (_, nth) => `ws://127.0.0.1:${listens.kind === 'listens' ? listens.port : 0}/${nth}`);
    const ourPages = parts.use(await startPages(rooms));
    const barePages = parts.use(await startPages(bareRooms.map((url) => ({ url, token: null }))));
    const each = commits / workspaces;
    const workspaceIds = rooms.map(({ workspaceId }) => workspaceId);
    const ours = async (nth: number) => {
      const at = await commit(db, workspaceIds, commits);
      const p99 = percentile(await lateness(ourPages, each, at));
      say(`fan-out ${nth}: ours ${p99.toFixed(1)} ms`);
      return p99;
    };
    const theirs = async (nth: number) => {
      const tellBare = (room: number, event: Event) => bare.ask({ room, event });
      const at = await commit(db, unwatched, commits, tellBare);
      const p99 = percentile(await lateness(barePages, each, at));
      say(`fan-out ${nth}: bare ${p99.toFixed(1)} ms`);
      return p99;
    };
    await ours(-1);
    await theirs(-1);
    const measured = await alternate(pairs, ours, theirs);
    await cutAndCount(db, workspaceIds, ourPages, commits);
    return figureOf({
      name: 'fan-out p99',
      unit: 'ms',
      pairs: measured,
      promised: 1.5,
      isMost: true,
      notes: { sockets: workspaces * socketsEach, commits, 'lines cut': cuts.times, lost: 0 },
    });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The first registers, the others get the same password: registering is limited to a few a minute. */
async function addRooms(db: Db, url: string): Promise<Room[]> {
  const client = createClient(url, ({ url: to, ...request }) => fetch(to, request));
  const { person: first } = await client.register({ body: { ...person, name: 'Bench', workspace: 'Bench', zone: 'UTC' } });
  const hash = await inWorkspace(db, first.workspace.id, (trx) => trx.selectFrom('people').select('password_hash').executeTakeFirstOrThrow());
  for (let nth = 1; nth < workspaces; nth += 1) {
    await addWorkspace(db, `bench${nth}`, hash.password_hash);
  }
  const rooms: Room[] = [];
  for (let nth = 0; nth < workspaces; nth += 1) {
    const signedIn = await client.login({ body: { email: `bench${nth}@patchbay.test`, password: person.password } });
    rooms.push({ workspaceId: signedIn.person.workspace.id, url: `${url.replace('http', 'ws')}/ws`, token: signedIn.accessToken });
  }
  return rooms;
}

async function addWorkspace(db: Db, name: string, passwordHash = 'nobody signs in'): Promise<string> {
  const { rows } = await sql<{ workspace_id: string }>`
    select workspace_id from register_workspace('Bench', 'UTC', ${`${name}@patchbay.test`}, ${name}, '', ${passwordHash})`.execute(db);
  return rows[0]?.workspace_id ?? '';
}

/** Commits in turn for each workspace, at a steady pace; answers when each was done. */
async function commit(db: Db, workspaceIds: readonly string[], commits: number, onDone?: (room: number, event: Event) => void) {
  const bell = createBell(db);
  const at = new Map<string, number>();
  const begun = performance.now();
  const work: Promise<void>[] = [];
  for (let nth = 0; nth < commits; nth += 1) {
    await wait(Math.max(0, begun + nth * everyMs - performance.now()));
    const room = nth % workspaceIds.length;
    const workspaceId = workspaceIds[room] ?? '';
    const messageId = randomUUID();
    const news = { kind: 'message_added', messageId, conversationId: randomUUID(), accountId: randomUUID() } as const;
    work.push(
      inWorkspace(db, workspaceId, (trx) => recordEvent(trx, workspaceId, news)).then(() => {
        at.set(messageId, clockOf());
        bell.ring();
        onDone?.(room, news);
      }),
    );
  }
  await Promise.all(work);
  return at;
}

async function lateness(pages: Pages, each: number, since: ReadonlyMap<string, number>): Promise<number[]> {
  pages.ask({ kind: 'collect', each, wantsHeard: false });
  const heard = await pages.hear();
  if (heard.kind !== 'heard' || !heard.isWhole) throw new Error('Not every page has heard everything.');
  // What is heard before the commit has answered its writer was not late.
  return heard.arrivals.map(({ id, at }) => Math.max(0, at - (since.get(id) ?? Number.NaN)));
}

async function cutAndCount(db: Db, workspaceIds: readonly string[], pages: Pages, commits: number): Promise<void> {
  pages.ask({ kind: 'cut', ...cuts, seed: 1 });
  const written = [...(await commit(db, workspaceIds, commits)).keys()];
  await pages.hear();
  pages.ask({ kind: 'collect', each: commits / workspaces, wantsHeard: true });
  const heard = await pages.hear();
  if (heard.kind !== 'heard' || !heard.isWhole) throw new Error('A page whose line was cut has not heard everything.');
  for (let room = 0; room < workspaces; room += 1) {
    const known = new Set(written);
    const own = heard.heard.slice(room * socketsEach, (room + 1) * socketsEach);
    const orders = new Set(own.map((ids) => ids.join(' ')));
    if (orders.size !== 1) throw new Error('Two pages of one workspace have heard its news in different orders.');
    const ids = own[0] ?? [];
    if (new Set(ids).size !== ids.length || ids.some((id) => !known.has(id)))
      throw new Error('A page has heard something twice, or what nobody wrote.');
  }
}

function percentile(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
}

type Fork<Ask, Answer> = AsyncDisposable & { ask: (one: Ask) => void; hear: () => Promise<Answer> };
type Pages = Fork<ClientsAsk, ClientsAnswer>;

async function startPages(rooms: { url: string; token: string | null }[]): Promise<Pages> {
  const pages = await startFork<ClientsAsk, ClientsAnswer>('fan-out-clients.ts');
  await pages.hear();
  pages.ask({ kind: 'open', rooms: rooms.map(({ url, token }) => ({ url, token })), each: socketsEach });
  await pages.hear();
  return pages;
}

/** A program that answers each of our words with one of its own, in order. */
async function startFork<Ask extends object, Answer>(name: string): Promise<Fork<Ask, Answer>> {
  const child: ChildProcess = fork(program(name), { serialization: 'advanced' });
  const answers: Answer[] = [];
  let wake = () => {};
  child.on('message', (answer: Answer) => {
    answers.push(answer);
    wake();
  });
  child.on('exit', () => wake());
  return {
    ask: (one) => void child.send(one),
    async hear() {
      while (answers.length === 0) {
        if (child.exitCode !== null) throw new Error(`${name} has ended.`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return answers.shift() as Answer; // There is one.
    },
    [Symbol.asyncDispose]: async () => void child.kill(),
  };
}
