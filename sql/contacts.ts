import { type RawBuilder, sql } from 'kysely';
import type { z } from 'zod';
import type { Contact } from '#core/api/lists.ts';
import type { AddressKind } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { brokenUnique } from './unique.ts';

type ContactReply = z.output<typeof Contact>;
export type ContactRow = {
  id: string;
  name: string;
  phone: string | null;
  email: string | null;
  jid: string | null;
  handle: string | null;
  fields: unknown;
  zone: string | null;
  suppressed_at: Date | null;
  is_reply_only: boolean;
  created_at: Date;
  updated_at: Date;
};

/** The address of a contact that counts: typed before derived, the newest first. `contact` is the id's column. */
export const addressOf = (kind: AddressKind, contact: RawBuilder<unknown>) =>
  sql<
    string | null
  >`(select al.value from aliases al where al.contact_id = ${contact} and al.kind = ${sql.lit(kind)} order by al.typed is null, al.position desc limit 1)`;

const own = sql`c.id`;
/** The columns of a contact `c`. */
export const contactColumns = sql`
  c.id, c.name, c.fields, c.zone, c.created_at, c.updated_at, ${addressOf('phone', own)} as phone, ${addressOf('email', own)} as email,
  ${addressOf('jid', own)} as jid, ${addressOf('handle', own)} as handle,
  (select s.at from suppressions s where s.contact_id = c.id and s.lifted_at is null) as suppressed_at,
  c.reply_only and not exists (select from standing_consents k where k.contact_id = c.id and k.state = 'given') as is_reply_only`;

export async function readContact(trx: Trx, contactId: string): Promise<ContactReply> {
  const { rows } = await sql<ContactRow>`select ${contactColumns} from contacts c where c.id = ${contactId}`.execute(trx);
  if (!rows[0]) throw new Failure('not_found');
  return toContact(rows[0]);
}

export type NewAddress = { kind: AddressKind; value: string; typed: string; aliases: readonly string[] };
export type ContactChange = {
  name?: string | undefined;
  fields?: Record<string, string> | undefined;
  addresses: readonly NewAddress[];
  removed: readonly AddressKind[];
};

/**
 * Changes what is given: an address replaces every one of its kind, and `removed` kinds go. Throws `not_found`, `already_exists` when an
 * address is somebody else's, `invalid_input` when no address is left.
 */
export async function changeContact(trx: Trx, ask: { workspaceId: string; contactId: string; change: ContactChange }): Promise<ContactReply> {
  const { change, contactId, workspaceId } = ask;
  const { rows } = await sql`
    update contacts set name = coalesce(${change.name ?? null}, name), fields = coalesce(${change.fields ? JSON.stringify(change.fields) : null}::jsonb, fields), updated_at = now()
     where id = ${contactId} returning 1`.execute(trx);
  if (rows.length === 0) throw new Failure('not_found');
  const kinds = [...change.addresses.map((address) => address.kind), ...change.removed];
  if (kinds.length > 0) await sql`delete from aliases where contact_id = ${contactId} and kind = any(${kinds}::text[])`.execute(trx);
  const aliases = change.addresses.flatMap((address) => [
    ...address.aliases.map((value) => ({ kind: address.kind, value, typed: null })),
    { kind: address.kind, value: address.value, typed: address.typed },
  ]);
  await sql`
    insert into aliases (workspace_id, contact_id, kind, value, typed)
    select ${workspaceId}, ${contactId}, o.kind, o.value, o.typed from jsonb_to_recordset(${JSON.stringify(aliases)}::jsonb) as o (kind text, value text, typed text)`
    .execute(trx)
    .catch(addressTaken);
  const left = await trx.selectFrom('aliases').select('id').where('contact_id', '=', contactId).limit(1).execute();
  if (left.length === 0) throw new Failure('invalid_input', 'A contact needs an address: a phone, a mail address, a Jabber id or a user name.');
  await recordEvent(trx, workspaceId, { kind: 'contact_changed', contactId });
  return readContact(trx, contactId);
}

export function addressTaken(error: unknown): never {
  if (brokenUnique(error)) throw new Failure('already_exists', 'Another contact has this address.', { cause: error });
  throw error;
}

export function toContact(row: ContactRow): ContactReply {
  return {
    id: row.id,
    name: row.name,
    phone: row.phone,
    email: row.email,
    jid: row.jid,
    handle: row.handle,
    fields: row.fields as Record<string, string>, // Only texts are ever written into it.
    zone: row.zone,
    suppressedAt: instant(row.suppressed_at),
    isReplyOnly: row.is_reply_only,
    createdAt: instant(row.created_at),
    updatedAt: instant(row.updated_at),
  };
}
