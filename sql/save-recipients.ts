import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import type { NewAddress } from './contacts.ts';
import type { Trx } from './database.ts';
import { brokenUnique } from './unique.ts';

/** A person to be on a list; `row` is its name within the batch. */
export type ListRecipient = {
  row: number;
  name: string;
  zone: string | null;
  fields: Readonly<Record<string, string>>;
  addresses: readonly NewAddress[];
};
/** `isListed`: new on the list. `isNew`: nobody knew this person before. */
export type SavedRecipient = { row: number; contactId: string; isNew: boolean; isListed: boolean };

/** In this order a known address decides which contact a row is. */
const rank = { phone: 0, email: 1, jid: 2, handle: 3, scoped_id: 4 } as const;

/**
 * Which rows are people that are known by one of their addresses, other numbers of the same line included. Each address is looked up by the
 * unique index, here and below: a join would read all addresses of the workspace for each batch (measured: half of an import's time at 40,000).
 */
export async function matchContacts(trx: Trx, recipients: readonly ListRecipient[]): Promise<Map<number, string>> {
  const keys = recipients.flatMap(({ row, addresses }) =>
    addresses.flatMap(({ kind, value, aliases }) =>
      [value, ...aliases].map((one, at) => ({ row, kind, value: one, rank: rank[kind] * 10 + Math.min(at, 9) })),
    ),
  );
  const { rows } = await sql<{ row: number; contact_id: string }>`
    select distinct on (o.row) o.row, al.contact_id
      from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as o (row integer, kind text, value text, rank integer)
      cross join lateral (select * from aliases one where one.kind = o.kind and one.value = o.value offset 0) al order by o.row, o.rank`.execute(trx);
  return new Map(rows.map((row) => [row.row, row.contact_id]));
}

/**
 * Puts people on a list (or, without one, only into the workspace) in one statement: known ones get the name and fields that are given and
 * new addresses that are nobody else's, the others become contacts. Throws `busy` when another import made the same contact just now.
 */
export async function saveRecipients(
  trx: Trx,
  ask: {
    workspaceId: string;
    listId: string | null;
    recipients: readonly ListRecipient[];
    known: ReadonlyMap<number, string>;
    /** Nobody has said how those who are new agreed. */
    isReplyOnly?: boolean;
  },
): Promise<SavedRecipient[]> {
  const people = ask.recipients.map(({ row, name, zone, fields }) => ({ row, name, zone, fields, contact_id: ask.known.get(row) ?? null }));
  const addresses = ask.recipients
    .flatMap(({ row, addresses: all }) =>
      all.flatMap(({ kind, value, typed, aliases }) => [
        ...aliases.map((alias) => ({ row, kind, value: alias, typed: null })),
        { row, kind, value, typed },
      ]),
    )
    .map((address, place) => ({ ...address, place }));
  const { rows } = await sql<SavedRecipient>`
    with given as materialized (
      select o.row, coalesce(o.contact_id, gen_random_uuid()) as contact_id, o.contact_id is null as is_new, o.name, o.zone, o.fields
        from jsonb_to_recordset(${JSON.stringify(people)}::jsonb) as o (row integer, contact_id uuid, name text, zone text, fields jsonb)
    ), made as (
      insert into contacts (id, workspace_id, name, fields, zone, reply_only)
      select contact_id, ${ask.workspaceId}, name, fields, zone, ${ask.isReplyOnly ?? false} from given where is_new
    ), changed as (
      update contacts c set name = case when g.name = '' then c.name else g.name end, fields = c.fields || g.fields, zone = coalesce(g.zone, c.zone), updated_at = now()
        from given g where c.id = g.contact_id and not g.is_new and c.id = any(array(select contact_id from given where not is_new))
    ), addressed as (
      insert into aliases (workspace_id, contact_id, kind, value, typed)
      select ${ask.workspaceId}, contact_id, kind, value, typed from (
        select g.contact_id, o.place, o.kind, o.value, o.typed
          from jsonb_to_recordset(${JSON.stringify(addresses)}::jsonb) as o (row integer, place integer, kind text, value text, typed text) join given g on g.row = o.row offset 0
      ) one where (select true from aliases al where al.kind = one.kind and al.value = one.value limit 1) is null order by place
    ), listed as (
      insert into list_entries (list_id, contact_id, workspace_id)
      select ${ask.listId}::uuid, contact_id, ${ask.workspaceId} from given where ${ask.listId}::uuid is not null order by row
      on conflict (list_id, contact_id) do nothing returning contact_id
    )
    select g.row, g.contact_id as "contactId", g.is_new as "isNew", l.contact_id is not null as "isListed"
      from given g left join listed l on l.contact_id = g.contact_id order by g.row`
    .execute(trx)
    .catch(madeMeanwhile);
  return rows;
}

function madeMeanwhile(error: unknown): never {
  if (brokenUnique(error)) throw new Failure('busy', 'Another import made the same contact at this moment. Try again.', { cause: error });
  throw error;
}
