import { sql } from 'kysely';
import { z } from 'zod';
import { type ContactRow, contactColumns, toContact } from './contacts.ts';
import type { Trx } from './database.ts';
import { holds, namedContacts } from './named.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';

/** Names or addresses of the contact `c` that hold a text; everybody when it is empty. */
export function namedLike(search: string | undefined) {
  const text = search?.trim() ?? '';
  if (text === '') return sql<boolean>`true`;
  return sql<boolean>`(${holds('c.name', text)} or exists (select from aliases al where al.contact_id = c.id and ${holds('al.value', text)}))`;
}

/** Every contact, the newest first. */
export async function listContacts(trx: Trx, { search, cursor, limit }: { search?: string | undefined } & PageAsk) {
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  const ids = await namedContacts(trx, search?.trim() ?? '');
  const { rows } = await sql<ContactRow & { moment: string }>`
    select ${contactColumns}, ${moment('c.created_at')} as moment from contacts c where ${ids ? sql`c.id = any(${ids}::uuid[])` : namedLike(search)}
       and (${after?.[0] ?? null}::timestamptz is null or (c.created_at, c.id) < (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid))
     order by c.created_at desc, c.id desc limit ${limit + 1}`.execute(trx);
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toContact), next: page.next };
}
