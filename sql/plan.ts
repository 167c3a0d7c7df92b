import { type RawBuilder, sql } from 'kysely';
import { type AudienceAsk, audience, type PlacedPerson, peopleOf, usualPartLength } from './audience.ts';
import { type Db, inWorkspace, type Trx } from './database.ts';
import { recordEvent } from './events.ts';

export type PlanAsk = AudienceAsk & { campaignId: string; templateVersionId: string; startAt: Date | null };
/** People who stand one after the other in the order of a plan. */
type Part = { from: number; contactIds: readonly string[] };

/** Freezes a campaign in one transaction. Answers the accounts whose lanes have work; a second run finds the campaign past `planning` and has none. */
export async function planCampaign(trx: Trx, ask: PlanAsk): Promise<string[]> {
  for await (const part of partsOf(trx, ask)) if (!(await planPart(trx, ask, part))) return [];
  return beginRun(trx, ask);
}

/** Parts that are written at the same time: most of a part's time goes into indexes and foreign keys, each on one processor. */
const atOnce = 2;

/**
 * Freezes the people of a campaign part by part, each in a transaction of its own, because readers of the event log wait for the longest one;
 * nothing of it goes out before `beginRun`. Who is in it, and in which order, one snapshot decides. What an earlier try left is thrown away.
 * Answers false when the campaign is not to be planned (any more).
 */
export async function planInParts(db: Db, ask: PlanAsk, signal: AbortSignal): Promise<boolean> {
  const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(db, ask.workspaceId, work);
  return inside(async (reading) => {
    // Whoever plans it at this moment is waited for; the lock ends with this transaction, and with its process.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`plan ${ask.campaignId}`}, 0))`.execute(reading);
    while ((await inside((trx) => forgetPart(trx, ask.campaignId))) > 0) signal.throwIfAborted();
    const parts: Promise<boolean>[] = [];
    try {
      for await (const part of partsOf(reading, ask)) {
        const isWanted = (await parts.at(-atOnce)) ?? true;
        signal.throwIfAborted();
        if (!isWanted) return false;
        const written = inside((trx) => planPart(trx, ask, part));
        // Until it is waited for.
        written.catch(() => undefined);
        parts.push(written);
      }
      return (await Promise.all(parts)).every(Boolean);
    } finally {
      await Promise.allSettled(parts);
    }
  });
}

/** Walks the people of an audience as they stand at the first step, with a cursor: neither side holds all of them. */
async function* partsOf(trx: Trx, ask: PlanAsk): AsyncGenerator<Part> {
  await sql`declare people no scroll cursor for select contact_id from (${peopleOf(ask)}) who order by place`.execute(trx);
  const partLength = ask.partLength ?? usualPartLength;
  for (let from = 0; ; from += partLength) {
    const { rows } = await sql<{ contact_id: string }>`fetch ${sql.lit(partLength)} from people`.execute(trx);
    if (rows.length > 0) yield { from, contactIds: rows.map((row) => row.contact_id) };
    if (rows.length < partLength) break;
  }
  await sql`close people`.execute(trx);
}

/** The deliveries of a part. Answers false when the campaign is not being planned; until the end of the transaction nobody can cancel it. */
async function planPart(trx: Trx, ask: PlanAsk, { from, contactIds }: Part): Promise<boolean> {
  const { rows: held } = await sql<{ state: string }>`select state from campaigns where id = ${ask.campaignId} for share`.execute(trx);
  if (held[0]?.state !== 'planning') return false;
  // A part takes 9 MB for sorting and grouping.
  await sql`set local work_mem = '16MB'`.execute(trx);
  const people = sql<PlacedPerson>`select contact_id, ${from} + place as place from unnest(${contactIds}::uuid[]) with ordinality o (contact_id, place)`;
  const due: RawBuilder<Date> = ask.startAt ? sql`${ask.startAt}` : sql`now()`;
  await sql`
    insert into deliveries (workspace_id, campaign_id, account_id, contact_id, address_kind, address, name, template_version_id, media_id, merge, position, due_at,
                            state, reason, ended_at)
    select ${ask.workspaceId}, ${ask.campaignId}, account_id, contact_id, address_kind, address, name, ${ask.templateVersionId},
           (select media_id from campaigns where id = ${ask.campaignId}), merge, position, ${due},
           case when skip is null then 'planned' else 'skipped' end, skip, case when skip is null then null else now() end
      from (${audience(ask, people)}) who order by position`.execute(trx);
  return true;
}

/** Some of what a try to plan has left behind. Answers how many it threw away. */
async function forgetPart(trx: Trx, campaignId: string): Promise<number> {
  const { rows } = await sql`
    delete from deliveries where id = any(array(
      select d.id from deliveries d join campaigns k on k.id = d.campaign_id where k.id = ${campaignId} and k.state = 'planning' limit ${usualPartLength}))
    returning 1`.execute(trx);
  return rows.length;
}

/** The plan is whole: from here on it is sent. Answers the accounts whose lanes have work. */
export async function beginRun(trx: Trx, { campaignId, workspaceId, startAt }: PlanAsk): Promise<string[]> {
  const { rows: held } = await sql<{ state: string }>`select state from campaigns where id = ${campaignId} for update`.execute(trx);
  if (held[0]?.state !== 'planning') return [];
  const { rows } = await sql<{ account_id: string }>`
    select distinct account_id from deliveries where campaign_id = ${campaignId} and state = 'planned'`.execute(trx);
  await sql`
    update campaigns set state = 'running', started_at = now(), updated_at = now(),
           begin_by = case when settings #>> '{lateStart,rule}' in ('skip', 'ask')
                           then ${startAt}::timestamptz + make_interval(mins => (settings #>> '{lateStart,minutes}')::int) end
     where id = ${campaignId}`.execute(trx);
  if (rows.length === 0) await finishIfDone(trx, campaignId, workspaceId);
  await recordEvent(trx, workspaceId, { kind: 'campaign_changed', campaignId });
  return rows.map((row) => row.account_id);
}

/** To be called after plans of many rows have committed: see the migration for what stale statistics cost. */
export async function freshenStatistics(db: Db): Promise<void> {
  await sql`select freshen_statistics()`.execute(db);
}

/** What a campaign has left to do: to send, to prove, or to send once more. */
const unfinished = (campaignId: string) => sql`
  select from deliveries where campaign_id = ${campaignId}
     and (state in ('planned', 'claimed', 'committing') or state = 'uncertain' and again_at > committing_at)`;

/** A running campaign with nothing left to do is finished. `uncertain` is final until a receipt or a person moves it, unless it is sent again. */
export async function finishIfDone(trx: Trx, campaignId: string, workspaceId: string): Promise<boolean> {
  const { rows } = await sql`
    update campaigns set state = 'finished', finished_at = now(), updated_at = now()
     where id = ${campaignId} and state = 'running'
       and not exists (${unfinished(campaignId)})
    returning 1`.execute(trx);
  if (rows.length === 0) return false;
  // The statement may have waited for somebody who planned one again. Now the row is ours, and a second look sees what they wrote.
  const { rows: again } = await sql`
    update campaigns set state = 'running', finished_at = null
     where id = ${campaignId} and exists (${unfinished(campaignId)})
    returning 1`.execute(trx);
  if (again.length > 0) return false;
  await recordEvent(trx, workspaceId, { kind: 'campaign_changed', campaignId });
  return true;
}
