import { sql } from 'kysely';
import { z } from 'zod';
import type { HookPost } from '#core/api/hooks.ts';
import { Failure } from '#core/failure.ts';
import { hookFailingMs, hookFailingTries, mostTries, pauseAfter, testKind } from '#core/hooks.ts';
import type { Db, Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { type PageAsk, pageOfRows, readCursor } from './page.ts';

type Place = { workspaceId: string; hookId: string };
/** A post that this worker has, until `heldUntil`. */
export type HeldPost = { id: string; kind: string; subject: Record<string, unknown>; number: number; happenedAt: Date; attempts: number };
/** Where it goes, and how it is signed. */
export type HookWay = { url: string; sealedSecret: Buffer; sealedHeaders: Buffer | null };
export type HookTried = {
  at: Date;
  ms: number;
  status: number | null;
  error: string | null;
  request: Record<string, string>;
  reply: Record<string, string> | null;
  replyBody: string | null;
  /** The answer asks to wait at least so long. */
  waitMs: number;
};

/** Makes posts of what happened since; answers how many events were read. */
export async function planHookPosts(db: Db, now: Date, most: number): Promise<number> {
  const { rows } = await sql<{ seen: number }>`select plan_hook_posts(${now}, ${most}) as seen`.execute(db);
  return rows[0]?.seen ?? 0;
}

export async function dueHooks(db: Db, now: Date): Promise<Place[]> {
  const { rows } = await sql<Place>`select workspace_id as "workspaceId", hook_id as "hookId" from due_hooks(${now})`.execute(db);
  return rows;
}

/** Takes due posts of one hook for this worker. Where order is kept, of each line only the first that waits. */
export async function holdPosts(
  trx: Trx,
  hookId: string,
  { now, until, most }: { now: Date; until: Date; most: number },
): Promise<{ way: HookWay; posts: HeldPost[] }> {
  const { rows: ways } = await sql<HookWay & { keepsOrder: boolean; isOn: boolean }>`
    select url, sealed_secret as "sealedSecret", sealed_headers as "sealedHeaders", keeps_order as "keepsOrder", is_on as "isOn" from hooks where id = ${hookId}`.execute(
    trx,
  );
  const [way] = ways;
  if (!way) throw new Failure('not_found');
  const { rows: posts } = await sql<HeldPost>`
    update hook_posts p set held_until = ${until} from (
      select w.id from hook_posts w
       where w.hook_id = ${hookId} and w.state = 'waiting' and w.due_at <= ${now} and (w.held_until is null or w.held_until <= ${now})
         and (${way.isOn} or w.kind = ${testKind})
         and not (${way.keepsOrder} and exists (
           select from hook_posts e where e.hook_id = w.hook_id and e.line = w.line and e.state = 'waiting' and e.number < w.number))
       order by w.due_at, w.number limit ${most} for update skip locked) due
     where p.id = due.id returning p.id, p.kind, p.subject, p.number, p.happened_at as "happenedAt", p.attempts`.execute(trx);
  return { way, posts };
}

/** What a try came to: taken, tried again later, or dead. A hook that has only failed for days, or that says it is gone, is switched off. */
export async function settlePost(trx: Trx, place: Place, post: HeldPost, tried: HookTried & { random: () => number }): Promise<void> {
  const isTaken = tried.status !== null && tried.status >= 200 && tried.status < 300;
  const attempts = post.attempts + 1;
  const isDead = !isTaken && (attempts >= mostTries || post.kind === testKind);
  const dueAt = new Date(tried.at.getTime() + Math.max(tried.waitMs, pauseAfter(attempts, tried.random)));
  const state = isDead ? 'dead' : 'waiting';
  await sql`
    with tried as (
      insert into hook_tries (workspace_id, post_id, at, ms, status, error, request, reply, reply_body)
      select ${place.workspaceId}, id, ${tried.at}, ${tried.ms}, ${tried.status}, ${tried.error}, ${JSON.stringify(tried.request)}::jsonb,
             ${tried.reply === null ? null : JSON.stringify(tried.reply)}::jsonb, ${tried.replyBody} from hook_posts where id = ${post.id}
    )
    update hook_posts set state = ${isTaken ? 'taken' : state}, attempts = ${attempts}, due_at = ${dueAt}, held_until = null, status = ${tried.status}, error = ${tried.error},
           settled_at = ${isTaken || isDead ? tried.at : null} where id = ${post.id}`.execute(trx);
  if (isTaken) await sql`update hooks set failures = 0, failing_since = null where id = ${place.hookId} and failures > 0`.execute(trx);
  else if (post.kind !== testKind) await noteFailure(trx, place, tried);
}

async function noteFailure(trx: Trx, { workspaceId, hookId }: Place, { status, at }: HookTried): Promise<void> {
  const { rows } = await sql<{ isOn: boolean }>`
    update hooks h set failures = f.failures, failing_since = f.since, is_on = h.is_on and f.why is null, off_why = case when h.is_on then f.why else h.off_why end
      from (select id, is_on as was_on, failures + 1 as failures, coalesce(failing_since, ${at}) as since,
                   case when ${status === 410} then 'gone'
                        when failures + 1 >= ${hookFailingTries} and ${at}::timestamptz - coalesce(failing_since, ${at}) >= make_interval(secs => ${hookFailingMs / 1000})
                        then 'failing' end as why
              from hooks where id = ${hookId} for update) f
     where h.id = f.id returning h.is_on is distinct from f.was_on as "isOn"`.execute(trx);
  if (rows[0]?.isOn) await recordEvent(trx, workspaceId, { kind: 'hook_changed', hookId });
}

/** A post of no event: whoever asked wants to see what the hook answers. */
export async function addTestPost(trx: Trx, { workspaceId, hookId }: Place, now: Date): Promise<string> {
  const row = await trx
    .insertInto('hook_posts')
    .values({ workspace_id: workspaceId, hook_id: hookId, kind: testKind, subject: '{}', line: testKind, happened_at: now, due_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

type Which = {
  ids?: string[] | undefined;
  hookId?: string | undefined;
  state?: 'dead' | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

/** Posts go out again under the ids they had; answers how many. */
export async function replayHookPosts(trx: Trx, which: Which, now: Date): Promise<number> {
  const conditions = [
    ...(which.ids ? [sql`id = any(${which.ids}::uuid[])`] : [sql`hook_id = ${which.hookId}`, sql`state <> 'waiting'`]),
    ...(which.state ? [sql`state = ${which.state}`] : []),
    ...(which.from ? [sql`happened_at >= ${which.from}::timestamptz`] : []),
    ...(which.to ? [sql`happened_at < ${which.to}::timestamptz`] : []),
  ];
  const { rows } = await sql`
    update hook_posts set state = 'waiting', attempts = 0, due_at = ${now}, held_until = null, settled_at = null, error = null where ${sql.join(conditions, sql` and `)} returning 1`.execute(
    trx,
  );
  return rows.length;
}

type Row = Omit<z.output<typeof HookPost>, 'happenedAt' | 'dueAt' | 'settledAt'> & {
  number: number;
  happenedAt: Date;
  dueAt: Date;
  settledAt: Date | null;
};
export type PostFilter = {
  hookId?: string | undefined;
  state?: Row['state'] | undefined;
  kind?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

const columns = sql`p.id, p.number, p.hook_id as "hookId", h.name as "hookName", p.kind, p.subject, p.state, p.happened_at as "happenedAt", p.attempts,
  p.due_at as "dueAt", p.settled_at as "settledAt", p.status, p.error`;

/** Newest first. */
export async function listHookPosts(trx: Trx, filter: PostFilter, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([z.number()]));
  const conditions = [
    sql`true`,
    ...(filter.hookId ? [sql`p.hook_id = ${filter.hookId}`] : []),
    ...(filter.state ? [sql`p.state = ${filter.state}`] : []),
    ...(filter.kind ? [sql`p.kind = ${filter.kind}`] : []),
    ...(filter.from ? [sql`p.happened_at >= ${filter.from}::timestamptz`] : []),
    ...(filter.to ? [sql`p.happened_at < ${filter.to}::timestamptz`] : []),
    ...(after ? [sql`p.number < ${after[0]}`] : []),
  ];
  const { rows } = await sql<Row>`
    select ${columns} from hook_posts p join hooks h on h.id = p.hook_id where ${sql.join(conditions, sql` and `)} order by p.number desc limit ${limit + 1}`.execute(
    trx,
  );
  const page = pageOfRows(rows, limit, (row) => [row.number]);
  return { rows: page.rows.map(toPost), next: page.next };
}

/** Throws `not_found`. */
export async function readHookPost(trx: Trx, id: string) {
  const { rows } = await sql<Row>`select ${columns} from hook_posts p join hooks h on h.id = p.hook_id where p.id = ${id}`.execute(trx);
  const [row] = rows;
  if (!row) throw new Failure('not_found');
  const tries = await sql<Omit<HookTried, 'waitMs'>>`
    select at, ms, status, error, request, reply, reply_body as "replyBody" from hook_tries where post_id = ${id} order by hook_tries.id`.execute(
    trx,
  );
  return { ...toPost(row), tries: tries.rows.map((one) => ({ ...one, at: instant(one.at) })) };
}

/** Drops what was settled before. */
export async function forgetHookPosts(db: Db, before: Date): Promise<void> {
  await sql`select forget_hook_posts(${before})`.execute(db);
}

const toPost = ({ number: _, ...row }: Row) => ({
  ...row,
  happenedAt: instant(row.happenedAt),
  dueAt: row.state === 'waiting' ? instant(row.dueAt) : null,
  settledAt: instant(row.settledAt),
});
