import { sql } from 'kysely';
import { z } from 'zod';
import type { Erasure } from '#core/api/contacts.ts';
import { Failure } from '#core/failure.ts';
import type { MediaPlace } from '#core/media.ts';
import { writeAudit } from './audit.ts';
import type { Trx } from './database.ts';
import { eraseContact } from './erase-contact.ts';
import { instant } from './instant.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';
import type { Queue } from './queue.ts';
import { requireContact } from './suppressions.ts';

export type NewErasure = {
  workspaceId: string;
  contactId: string;
  /** Null: the person themselves. */
  personId: string | null;
  /** Their addresses are never written to again, also when nothing stands against it now. */
  keepsAway: boolean;
  now: Date;
};

/** The erasure of a person begins; a second ask while it runs is the first one. Its job is sent with it. Throws `not_found`. */
export async function beginErasure(trx: Trx, queue: Queue, { workspaceId, contactId, personId, keepsAway, now }: NewErasure) {
  await requireContact(trx, contactId);
  await sql`
    insert into erasures (workspace_id, contact_id, person_id, keeps_away, asked_at) values (${workspaceId}, ${contactId}, ${personId}, ${keepsAway}, ${now})
    on conflict (contact_id) where state = 'running' do update set keeps_away = erasures.keeps_away or excluded.keeps_away`.execute(trx);
  const { id } = await trx
    .selectFrom('erasures')
    .select('id')
    .where('contact_id', '=', contactId)
    .where('state', '=', 'running')
    .executeTakeFirstOrThrow();
  await queue.send('erase', { workspaceId, erasureId: id }, { trx });
  return readErasure(trx, id);
}

/** Does what was begun, in one transaction; a second run finds nothing to do. Answers the files whose bytes may go now. */
export async function runErasure(
  trx: Trx,
  { workspaceId, erasureId, now }: { workspaceId: string; erasureId: string; now: Date },
): Promise<MediaPlace[]> {
  const row = await trx.selectFrom('erasures').selectAll().where('id', '=', erasureId).where('state', '=', 'running').forUpdate().executeTakeFirst();
  if (!row) return [];
  const { contact_id: contactId, person_id: personId } = row;
  // Whoever was merged into another one since is that one now.
  const { rows: there } = await sql<{ id: string }>`
    select id from contacts where id = coalesce((select into_id from merged_contacts where contact_id = ${contactId}), ${contactId})`.execute(trx);
  const { counts, files } = there[0]
    ? await eraseContact(trx, { workspaceId, contactId: there[0].id, keepsAway: row.keeps_away })
    : { counts: {}, files: [] };
  await trx
    .updateTable('erasures')
    .set({ state: 'done', counts: JSON.stringify(counts), ended_at: now })
    .where('id', '=', erasureId)
    .execute();
  await writeAudit(trx, { workspaceId, personId, action: 'contactErased', subject: 'contacts', subjectId: contactId, detail: { counts } });
  return files;
}

/** Nobody tries it any more: it says so, and can be asked for anew. Answers whether it was still under way. */
export async function giveUpErasure(trx: Trx, { erasureId, now }: { erasureId: string; now: Date }): Promise<boolean> {
  const error = 'It failed each time, as while a message to this person is under way. Ask for it again; the log of the worker says more.';
  const { rows } = await sql`
    update erasures set state = 'failed', error = ${error}, ended_at = ${now} where id = ${erasureId} and state = 'running' returning 1`.execute(trx);
  return rows.length > 0;
}

export async function listErasures(trx: Trx, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  const { rows } = await sql<Row>`
    select ${columns} from erasures e left join people p on p.id = e.person_id
     where ${after?.[0] ?? null}::timestamptz is null or (e.asked_at, e.id) < (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid)
     order by e.asked_at desc, e.id desc limit ${limit + 1}`.execute(trx);
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toErasure), next: page.next };
}

export async function readErasure(trx: Trx, erasureId: string): Promise<z.output<typeof Erasure>> {
  const { rows } = await sql<Row>`select ${columns} from erasures e left join people p on p.id = e.person_id where e.id = ${erasureId}`.execute(trx);
  if (!rows[0]) throw new Failure('not_found');
  return toErasure(rows[0]);
}

const columns = sql`e.id, e.contact_id, e.state, e.counts, e.error, e.asked_at, e.ended_at, p.username as person, ${moment('e.asked_at')} as moment`;
type Row = {
  id: string;
  contact_id: string;
  state: 'running' | 'done' | 'failed';
  counts: Record<string, number>;
  error: string | null;
  asked_at: Date;
  ended_at: Date | null;
  person: string | null;
  moment: string;
};

const toErasure = (row: Row): z.output<typeof Erasure> => ({
  id: row.id,
  contactId: row.contact_id,
  state: row.state,
  person: row.person,
  counts: row.counts,
  error: row.error,
  askedAt: instant(row.asked_at),
  endedAt: instant(row.ended_at),
});
