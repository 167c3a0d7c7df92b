import { sql } from 'kysely';
import type { z } from 'zod';
import type { Extent } from '#core/api/contacts.ts';
import { isOfLedger } from './consents.ts';
import type { Trx } from './database.ts';
import { requireContact } from './suppressions.ts';

/** How much is known of a person, in numbers. Throws `not_found`. */
export async function readExtent(trx: Trx, contactId: string): Promise<z.output<typeof Extent>> {
  await requireContact(trx, contactId);
  const talks = sql`select id from conversations where contact_id = ${contactId}`;
  const { rows } = await sql<z.output<typeof Extent>>`
    select (select count(*)::int from aliases where contact_id = ${contactId}) as addresses,
           (select count(*)::int from list_entries where contact_id = ${contactId}) as lists,
           (select count(*)::int from conversations where contact_id = ${contactId}) as conversations,
           (select count(*)::int from messages where conversation_id in (${talks})) as messages,
           (select count(distinct media_id)::int from messages where conversation_id in (${talks}) and media_id is not null) as files,
           (select count(*)::int from conversation_notes where conversation_id in (${talks})) as notes,
           (select count(distinct campaign_id)::int from deliveries where contact_id = ${contactId} and campaign_id is not null) as campaigns,
           (select count(*)::int from consents k where ${isOfLedger(contactId)}) as consents`.execute(trx);
  return rows[0] as z.output<typeof Extent>; // A select without a table answers one row.
}
