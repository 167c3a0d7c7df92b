import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import type { Segment } from '#core/api/segments.ts';
import { Failure } from '#core/failure.ts';
import { Filter, KnownSegment, knownSegments } from '#core/segment.ts';
import { namedLike } from './contact-list.ts';
import { type ContactRow, contactColumns, toContact } from './contacts.ts';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';
import { isMeant } from './segment-filter.ts';
import type { Segments } from './tables.ts';
import { brokenUnique } from './unique.ts';

type SegmentReply = z.output<typeof Segment>;
/** So many can a workspace have: each is a question to all of its people. */
const most = 200;

/** Those that every workspace has, then its own by name. */
export async function listSegments(trx: Trx): Promise<SegmentReply[]> {
  const own = await trx.selectFrom('segments').selectAll().orderBy(sql`lower(name)`).execute();
  return [...KnownSegment.options.map(toKnown), ...own.map(toSegment)];
}

export async function readSegment(trx: Trx, id: string): Promise<SegmentReply> {
  const known = KnownSegment.safeParse(id);
  if (known.success) return toKnown(known.data);
  const row = await trx.selectFrom('segments').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw new Failure('not_found');
  return toSegment(row);
}

export async function addSegment(
  trx: Trx,
  { workspaceId, name, filter }: { workspaceId: string; name: string; filter: Filter },
): Promise<SegmentReply> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from segments`.execute(trx);
  if ((rows[0]?.count ?? 0) >= most) throw new Failure('too_large', `A workspace has at most ${most} segments. Remove one first.`);
  const values = { workspace_id: workspaceId, name, filter: JSON.stringify(filter) };
  return toSegment(await trx.insertInto('segments').values(values).returningAll().executeTakeFirstOrThrow().catch(nameTaken));
}

export async function changeSegment(trx: Trx, id: string, change: { name?: string | undefined; filter?: Filter | undefined }): Promise<SegmentReply> {
  const row = await trx
    .updateTable('segments')
    .set((eb) => ({
      name: change.name ?? eb.ref('name'),
      filter: change.filter ? JSON.stringify(change.filter) : eb.ref('filter'),
      updated_at: sql<Date>`now()`,
    }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
    .catch(nameTaken);
  if (!row) throw new Failure('not_found');
  return toSegment(row);
}

/** A draft that names it is told so, because its people would silently be missing from the audience. */
export async function removeSegment(trx: Trx, id: string): Promise<void> {
  const { rows: drafts } = await sql<{ name: string }>`
    select name from campaigns where state in ('draft', 'planning') and audience -> 'segmentIds' ? ${id}::text limit 1`.execute(trx);
  if (drafts[0]) throw new Failure('in_use', `The campaign ${drafts[0].name} still writes to this segment.`);
  const { numDeletedRows } = await trx.deleteFrom('segments').where('id', '=', id).executeTakeFirst();
  if (numDeletedRows === 0n) throw new Failure('not_found');
}

/** How many people a filter means right now. */
export async function countPeople(trx: Trx, filter: Filter, now: Date): Promise<number> {
  const { rows } = await sql<{ people: number }>`select count(*)::int as people from contacts c where ${isMeant(filter, now)}`.execute(trx);
  return rows[0]?.people ?? 0;
}

/** Who they are, the newest first. */
export async function listPeople(
  trx: Trx,
  { filter, now, search, cursor, limit }: { filter: Filter; now: Date; search?: string | undefined } & PageAsk,
) {
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  const { rows } = await sql<ContactRow & { moment: string }>`
    select ${contactColumns}, ${moment('c.created_at')} as moment from contacts c where ${isMeant(filter, now)} and ${namedLike(search)}
       and (${after?.[0] ?? null}::timestamptz is null or (c.created_at, c.id) < (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid))
     order by c.created_at desc, c.id desc limit ${limit + 1}`.execute(trx);
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toContact), next: page.next };
}

/** Fields that any of them has. */
export async function fieldsAmong(trx: Trx, filter: Filter, now: Date): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    select distinct k as key from contacts c, jsonb_object_keys(c.fields) k where ${isMeant(filter, now)} order by k`.execute(trx);
  return rows.map(({ key }) => key);
}

/** The filters of segments that still exist. */
export async function filtersOf(trx: Trx, ids: readonly string[]): Promise<Filter[]> {
  const own = ids.filter((id) => !KnownSegment.safeParse(id).success);
  const rows = own.length > 0 ? await trx.selectFrom('segments').select('filter').where('id', 'in', own).execute() : [];
  const known = ids.flatMap((id) => KnownSegment.safeParse(id).data ?? []);
  return [...known.map((one) => Filter.parse(knownSegments[one])), ...rows.map((row) => Filter.parse(row.filter))];
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error) !== 'segments_workspace_id_name_key') throw error;
  throw new Failure('already_exists', 'There is a segment of this name already.', { fields: { name: 'is taken' }, cause: error });
}

const toKnown = (id: KnownSegment): SegmentReply => ({
  id,
  name: id,
  isKnown: true,
  filter: Filter.parse(knownSegments[id]),
  createdAt: null,
  updatedAt: null,
});
const toSegment = (row: Selectable<Segments>): SegmentReply => ({
  id: row.id,
  name: row.name,
  isKnown: false,
  filter: Filter.parse(row.filter),
  createdAt: instant(row.created_at),
  updatedAt: instant(row.updated_at),
});
