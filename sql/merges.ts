import { sql } from 'kysely';
import { z } from 'zod';
import type { Alias, Merge } from '#core/api/contacts.ts';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';
import { requireContact } from './suppressions.ts';

/** What was merged into a contact and taken out of it, newest first. */
export async function listMerges(trx: Trx, { contactId, cursor, limit }: { contactId: string } & PageAsk) {
  await requireContact(trx, contactId);
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  const { rows } = await sql<Row>`
    select m.id, m.kind, m.other_id, m.made_at, m.undone_at, p.username as person, ${moment('m.made_at')} as moment,
           coalesce((select o ->> 'name' from jsonb_array_elements(m.before -> 'contacts') o where o ->> 'id' = m.other_id::text), (select name from contacts where id = m.other_id), '') as other_name,
           m.undone_at is null and not exists (
             select from merges n where n.contact_id = m.contact_id and n.undone_at is null and (n.made_at, n.id) > (m.made_at, m.id)) as can_undo
      from merges m left join people p on p.id = m.person_id
     where m.contact_id = ${contactId}
       and (${after?.[0] ?? null}::timestamptz is null or (m.made_at, m.id) < (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid))
     order by m.made_at desc, m.id desc limit ${limit + 1}`.execute(trx);
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toMerge), next: page.next };
}

/** Every address of a contact, in the order in which they came. */
export async function listAliases(trx: Trx, contactId: string): Promise<{ rows: z.output<typeof Alias>[] }> {
  await requireContact(trx, contactId);
  const { rows } = await sql<z.output<typeof Alias>>`
    select al.kind, al.value, al.typed, exists (select from address_rules r where r.effect = 'gone' and r.kind = al.kind and r.value = al.value) as "isGone"
      from aliases al where al.contact_id = ${contactId} order by al.position`.execute(trx);
  return { rows };
}

type Row = {
  id: string;
  kind: 'merge' | 'split';
  other_id: string;
  other_name: string;
  made_at: Date;
  undone_at: Date | null;
  person: string | null;
  can_undo: boolean;
  moment: string;
};

const toMerge = (row: Row): z.output<typeof Merge> => ({
  id: row.id,
  kind: row.kind,
  otherId: row.other_id,
  otherName: row.other_name,
  person: row.person,
  at: instant(row.made_at),
  undoneAt: instant(row.undone_at),
  canUndo: row.can_undo,
});
