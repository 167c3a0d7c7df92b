import { sql } from 'kysely';
import { z } from 'zod';
import { type ContactRow, contactColumns, toContact } from './contacts.ts';
import type { Trx } from './database.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';

/** Names or addresses of the contact `c` that hold a text; everybody when it is empty. */
export function namedLike(search: string | undefined) {
  const text = search?.trim().toLowerCase() ?? '';
  if (text === '') return sql<boolean>`true`;
  return sql<boolean>`(position(${text} in lower(c.name)) > 0 or exists (select from aliases al where al.contact_id = c.id and position(${text} in lower(al.value)) > 0))`;
}

/** Every contact, the newest first. */
export async function listContacts(trx: Trx, { search, cursor, limit }: { search?: string | undefined } & PageAsk) {
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  const { rows } = await sql<ContactRow & { moment: string }>`
    select ${contactColumns}, ${moment('c.created_at')} as moment from contacts c where ${namedLike(search)}
       and (${after?.[0] ?? null}::timestamptz is null or (c.created_at, c.id) < (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid))
     order by c.created_at desc, c.id desc limit ${limit + 1}`.execute(trx);
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toContact), next: page.next };
}

type Why = 'number' | 'mail' | 'name';
/** Of one name more are shown only when somebody looks for them: half of a town may be called Anna. */
const mostTogether = 10;

/**
 * Contacts that look like one person: a number that is an address here and a messenger's id there, a mailbox written in two ways, one name. Read as
 * a whole: it is a list that somebody works through now and then.
 */
export async function listAlike(trx: Trx, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([z.string(), z.string()]));
  const { rows: found } = await sql<{ why: Why; likeness: string; ids: string[] }>`
    with keys as (
      select contact_id, 'number' as why, regexp_replace(split_part(value, '@', 1), '\\D', '', 'g') as likeness from aliases
       where kind = 'phone' or (kind in ('jid', 'handle') and split_part(value, '@', 1) ~ '^\\+?[0-9]{7,15}$')
      union all
      select contact_id, 'mail', case when split_part(value, '@', 2) in ('gmail.com', 'googlemail.com')
        then replace(split_part(split_part(lower(value), '@', 1), '+', 1), '.', '') || '@gmail.com'
        else split_part(split_part(lower(value), '@', 1), '+', 1) || '@' || split_part(lower(value), '@', 2) end
        from aliases where kind = 'email' or (kind = 'jid' and value like '%@%.%')
      union all
      select id, 'name', lower(regexp_replace(trim(name), '\\s+', ' ', 'g')) from contacts where trim(name) like '% %'
    )
    select why, likeness, (array_agg(distinct contact_id))[1:${sql.lit(mostTogether)}] as ids from keys where likeness <> ''
       and (${after?.[0] ?? null}::text is null or (why, likeness) > (${after?.[0] ?? null}::text, ${after?.[1] ?? null}::text))
     group by why, likeness having count(distinct contact_id) > 1 order by why, likeness limit ${limit + 1}`.execute(trx);
  const page = pageOfRows(found, limit, (row) => [row.why, row.likeness]);
  const { rows } = await sql<ContactRow>`
    select ${contactColumns} from contacts c where c.id = any(${page.rows.flatMap((row) => row.ids)}::uuid[]) order by c.created_at, c.id`.execute(
    trx,
  );
  const alike = page.rows.map(({ why, ids }) => ({ why, contacts: rows.filter((row) => ids.includes(row.id)).map(toContact) }));
  return { rows: alike, next: page.next };
}
