import { sql } from 'kysely';
import type { z } from 'zod';
import type { Repeat } from '#core/api/repeats.ts';
import { nextTime, Recurrence } from '#core/recurrence.ts';
import { wallClock } from '#core/zone.ts';
import { readCampaign } from './campaigns.ts';
import { copyCampaign } from './copy-campaign.ts';
import { type Db, inWorkspace, type Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { readWorkspace } from './workspace.ts';

type RepeatReply = z.output<typeof Repeat>;
export type RepeatRef = { workspaceId: string; campaignId: string };
type By = RepeatRef & { personId: string; now: Date };

/** Stands there until the copy has been started: a worker that dies in between leaves it. */
const begun = 'A copy was made, and no worker has said that it was started.';

export async function readRepeat(trx: Trx, campaignId: string): Promise<RepeatReply> {
  await readCampaign(trx, campaignId);
  const row = await trx.selectFrom('campaign_repeats').selectAll().where('campaign_id', '=', campaignId).executeTakeFirst();
  if (!row) return { again: null, nextAt: null, lastId: null, error: null };
  return { again: row.next_at ? Recurrence.parse(row.again) : null, nextAt: instant(row.next_at), lastId: row.last_id, error: row.error };
}

/** Null ends it; what went out last stays known. */
export async function repeatCampaign(trx: Trx, { workspaceId, campaignId, personId, now }: By, again: Recurrence | null): Promise<RepeatReply> {
  await readCampaign(trx, campaignId);
  const { zone } = await readWorkspace(trx);
  if (again) {
    const values = { again: JSON.stringify(again), next_at: nextTime(again, zone, now), person_id: personId, error: null };
    await trx
      .insertInto('campaign_repeats')
      .values({ campaign_id: campaignId, workspace_id: workspaceId, ...values })
      .onConflict((conflict) => conflict.column('campaign_id').doUpdateSet(values))
      .execute();
  } else await trx.updateTable('campaign_repeats').set({ next_at: null }).where('campaign_id', '=', campaignId).execute();
  await recordEvent(trx, workspaceId, { kind: 'campaign_changed', campaignId });
  return readRepeat(trx, campaignId);
}

/** Clocks of the workspace are others now. */
export async function recountRepeats(trx: Trx, now: Date): Promise<void> {
  const { zone } = await readWorkspace(trx);
  for (const row of await trx.selectFrom('campaign_repeats').select(['campaign_id', 'again']).where('next_at', 'is not', null).execute()) {
    const next_at = nextTime(Recurrence.parse(row.again), zone, now);
    await trx.updateTable('campaign_repeats').set({ next_at }).where('campaign_id', '=', row.campaign_id).execute();
  }
}

export async function dueRepeats(db: Db, now: Date): Promise<RepeatRef[]> {
  const { rows } = await sql<RepeatRef>`select workspace_id as "workspaceId", campaign_id as "campaignId" from due_repeats(${now})`.execute(db);
  return rows;
}

/** Counts the next time and makes the copy, once however many workers look; null when another one does. */
export function beginRepeat(db: Db, { workspaceId, campaignId }: RepeatRef, now: Date): Promise<{ id: string; personId: string | null } | null> {
  return inWorkspace(db, workspaceId, async (trx) => {
    const { rows } = await sql<{ again: unknown; personId: string | null }>`
      select again, person_id as "personId" from campaign_repeats where campaign_id = ${campaignId} and next_at <= ${now} for update skip locked`.execute(
      trx,
    );
    const [due] = rows;
    if (!due) return null;
    const { zone } = await readWorkspace(trx);
    const { name } = await readCampaign(trx, campaignId);
    const copy = await copyCampaign(trx, { workspaceId, personId: due.personId, id: campaignId, name: `${name}, ${wallClock(now, zone).date}` });
    // What a second person has said of the text and of how many people get it holds for its copies.
    await sql`update campaigns k set approved_by = o.approved_by, approved_at = o.approved_at, approved_people = o.approved_people, approved_version = o.approved_version
      from campaigns o where o.id = ${campaignId} and k.id = ${copy.id}`.execute(trx);
    const next_at = nextTime(Recurrence.parse(due.again), zone, now);
    await trx.updateTable('campaign_repeats').set({ next_at, last_id: copy.id, error: begun }).where('campaign_id', '=', campaignId).execute();
    return { id: copy.id, personId: due.personId };
  });
}

/** `error` is why the copy could not be started: then it waits as a draft. */
export async function endRepeat(db: Db, { workspaceId, campaignId }: RepeatRef, error: string | null): Promise<void> {
  await inWorkspace(db, workspaceId, async (trx) => {
    await trx.updateTable('campaign_repeats').set({ error }).where('campaign_id', '=', campaignId).execute();
    await recordEvent(trx, workspaceId, { kind: 'campaign_changed', campaignId });
  });
}
