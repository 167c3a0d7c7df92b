import { sql } from 'kysely';
import { z } from 'zod';
import { type ContactRow, contactColumns, toContact } from './contacts.ts';
import type { Trx } from './database.ts';
import { type PageAsk, pageOfRows, readCursor } from './page.ts';
import { requireContact } from './suppressions.ts';

type Why = 'number' | 'mail' | 'name';
/** Of one name more are shown only when somebody looks for them: half of a town may be called Anna. */
const mostTogether = 10;

/** What a contact can be known by: digits, mailboxes, full names. */
const likenesses = sql`
  select contact_id, 'number' as why, regexp_replace(split_part(value, '@', 1), '\\D', '', 'g') as likeness from aliases
   where kind = 'phone' or (kind in ('jid', 'handle') and split_part(value, '@', 1) ~ '^\\+?[0-9]{7,15}$')
  union all
  select contact_id, 'mail', case when split_part(value, '@', 2) in ('gmail.com', 'googlemail.com')
    then replace(split_part(split_part(lower(value), '@', 1), '+', 1), '.', '') || '@gmail.com'
    else split_part(split_part(lower(value), '@', 1), '+', 1) || '@' || split_part(lower(value), '@', 2) end
    from aliases where kind = 'email' or (kind = 'jid' and value like '%@%.%')
  union all
  select id, 'name', lower(regexp_replace(trim(name), '\\s+', ' ', 'g')) from contacts where trim(name) like '% %'`;

/**
 * Contacts that look like one person: a number that is an address here and a messenger's id there, a mailbox written in two ways, one name. Read as
 * a whole: it is a list that somebody works through now and then.
 */
export async function listAlike(trx: Trx, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([z.string(), z.string()]));
  const { rows: found } = await sql<{ why: Why; likeness: string; ids: string[] }>`
    with keys as (${likenesses})
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

/** Those who look like one contact, each with its strongest reason. */
export async function listAlikeTo(trx: Trx, contactId: string) {
  await requireContact(trx, contactId);
  const { rows } = await sql<ContactRow & { why: Why }>`
    with keys as (${likenesses}), same as (
      select k.contact_id, case min(array_position(array['number', 'mail', 'name'], k.why)) when 1 then 'number' when 2 then 'mail' else 'name' end as why
        from keys k join keys own using (why, likeness) where own.contact_id = ${contactId} and k.contact_id <> own.contact_id and likeness <> ''
       group by k.contact_id)
    select ${contactColumns}, same.why from same join contacts c on c.id = same.contact_id
     order by array_position(array['number', 'mail', 'name'], same.why), c.created_at, c.id limit ${mostTogether}`.execute(trx);
  return { rows: rows.map(({ why, ...row }) => ({ why, contact: toContact(row) })) };
}
