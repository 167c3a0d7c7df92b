import { sql } from 'kysely';
import { z } from 'zod';
import { isOfLedger } from './consents.ts';
import { readContact } from './contacts.ts';
import { type Db, inWorkspace, type Trx } from './database.ts';
import { moment } from './page.ts';

/** Messages of one query. */
const pageLength = 1000;
type Place = { workspaceId: string; contactId: string };
export type ExportedFile = { id: string; name: string };

/** All that is known of a person but for their messages. Throws `not_found`. */
export async function exportFacts(trx: Trx, contactId: string): Promise<Record<string, unknown>> {
  const contact = await readContact(trx, contactId);
  const { rows } = await sql<Record<string, unknown>>`
    select (select coalesce(jsonb_agg(jsonb_build_object('kind', al.kind, 'value', al.value) order by al.position), '[]') from aliases al where al.contact_id = ${contactId}) as addresses,
           (select coalesce(jsonb_agg(l.name order by l.name), '[]') from list_entries e join lists l on l.id = e.list_id where e.contact_id = ${contactId}) as lists,
           (select coalesce(jsonb_agg(distinct b.name), '[]') from conversation_labels cl join labels b on b.id = cl.label_id join conversations v on v.id = cl.conversation_id
             where v.contact_id = ${contactId}) as labels,
           (select coalesce(jsonb_agg(jsonb_build_object('channel', k.channel, 'purpose', k.purpose, 'state', k.state, 'source', k.source, 'evidence', k.evidence, 'until', k.until,
             'at', k.at, 'writtenDownAt', k.recorded_at) order by k.at), '[]') from consents k where ${isOfLedger(contactId)}) as consents,
           (select coalesce(jsonb_agg(jsonb_build_object('campaign', k.name, 'channel', a.channel, 'address', d.address, 'state', d.state, 'subject', d.subject, 'sentAt', d.sent_at,
             'filledIn', d.merge) order by d.created_at), '[]') from deliveries d join campaigns k on k.id = d.campaign_id left join accounts a on a.id = d.account_id where d.contact_id = ${contactId}) as campaigns,
           (select coalesce(jsonb_agg(jsonb_build_object('kind', b.kind, 'address', b.recipient, 'said', b.diagnostic, 'at', b.at) order by b.at), '[]') from bounces b where b.contact_id = ${contactId}) as "returnedMail",
           (select coalesce(jsonb_agg(jsonb_build_object('text', n.body, 'at', n.at) order by n.at), '[]') from conversation_notes n join conversations v on v.id = n.conversation_id
             where v.contact_id = ${contactId}) as notes`.execute(trx);
  return { contact, ...rows[0] };
}

const Message = z.object({ id: z.string(), moment: z.string(), mediaId: z.string().nullable(), file: z.string().nullable() }).loose();

/** Every message with a person, oldest first; a file is named as it lies beside them. */
export async function* exportMessages(
  db: Db,
  { workspaceId, contactId }: Place,
): AsyncGenerator<{ message: Record<string, unknown>; file: ExportedFile | null }> {
  let after: z.output<typeof Message> | undefined;
  do {
    const page: z.output<typeof Message>[] = await inWorkspace(db, workspaceId, async (trx) => {
      const { rows } = await sql`
        select m.id, ${moment('m.at')} as moment, a.channel, m.direction, m.kind, m.body as text, m.status, m.at, m.author, m.edited_at as "editedAt", m.reactions, k.id as "mediaId", k.name as file
          from conversations v join messages m on m.conversation_id = v.id join accounts a on a.id = m.account_id left join media k on k.id = m.media_id and k.stored_at is not null
         where v.contact_id = ${contactId} and (${after?.moment ?? null}::timestamptz is null or (m.at, m.id) > (${after?.moment ?? null}::timestamptz, ${after?.id ?? null}::uuid))
         order by m.at, m.id limit ${pageLength}`.execute(trx);
      return z.array(Message).parse(rows);
    });
    for (const { moment: _, mediaId, file, ...message } of page) {
      const one = mediaId && file ? { id: mediaId, name: `files/${mediaId}-${file.replaceAll(/[^\p{L}\p{N}._ -]/gu, '_')}` } : null;
      yield { message: { ...message, file: one?.name ?? null }, file: one };
    }
    after = page.length === pageLength ? page.at(-1) : undefined;
  } while (after);
}
