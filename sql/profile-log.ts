import { sql } from 'kysely';
import { z } from 'zod';
import { ProfileState } from '#core/profile.ts';
import { daysBefore, keptDays } from '#core/trace.ts';
import type { Db, Trx } from './database.ts';
import { instant } from './instant.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';

type Row = { id: string; at: Date; moment: string; state: string | null; why: string | null; act: string | null; person: string | null };

/** States of a profile, newest first, and between them what people did to it, where that may be told. */
export async function readProfileLog(trx: Trx, profileId: string, ask: PageAsk & { withActs: boolean }) {
  const after = readCursor(ask.cursor, z.tuple([Moment, z.string()]));
  const [at, id] = [after?.[0] ?? null, after?.[1] ?? null];
  const isLater = sql`(${at}::timestamptz is null or (one.at, one.id) < (${at}::timestamptz, ${id}::text))`;
  // Each part answers at most a page, so that a long audit is never sorted for its newest rows.
  const { rows } = await sql<Row>`
    select one.*, ${moment('one.at')} as moment from (
      (select 's' || lpad(n.id::text, 20, '0') as id, n.at, n.state, n.why, null as act, null as person from profile_notes n
        where n.account_id = ${profileId} and (${at}::timestamptz is null or n.at <= ${at}::timestamptz) order by n.at desc, n.id desc limit ${ask.limit + 2})
      union all
      (select 'a' || lpad(w.id::text, 20, '0'), w.at, null, null, w.action, coalesce(nullif(p.name, ''), p.username) from audit w left join people p on p.id = w.person_id
        where ${ask.withActs} and w.subject_id = ${profileId}::text and (${at}::timestamptz is null or w.at <= ${at}::timestamptz)
        order by w.at desc, w.id desc limit ${ask.limit + 2})) one
     where ${isLater} order by one.at desc, one.id desc limit ${ask.limit + 1}`.execute(trx);
  const page = pageOfRows(rows, ask.limit, (row) => [row.moment, row.id]);
  return {
    next: page.next,
    rows: page.rows.map((row) => ({
      id: row.id,
      at: instant(row.at),
      // A state that a later program wrote is told as unknown.
      state: row.state === null ? null : (ProfileState.safeParse(row.state).data ?? 'unknown'),
      why: row.why,
      act: row.act,
      person: row.person,
    })),
  };
}

/** Drops notes and traffic of any workspace whose time is over. */
export async function forgetProfileNotes(db: Db, now: Date): Promise<void> {
  await sql`select forget_profile_notes(${daysBefore(now, keptDays.notes)})`.execute(db);
}
