import { sql } from 'kysely';
import type { z } from 'zod';
import type { OptIn } from '#core/api/consents.ts';
import { againAt } from './confirmations.ts';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';
import { requireContact } from './suppressions.ts';

type OptInReply = z.output<typeof OptIn>;
type Link = { address: string; sends: number; asked_at: Date; sent_at: Date; expires_at: Date };

/** Where a person stands with the question of their lists. Throws `not_found`. */
export async function readOptIn(trx: Trx, contactId: string, now: Date): Promise<OptInReply> {
  await requireContact(trx, contactId);
  const { rows: lists } = await sql<OptInReply['lists'][number]>`
    select l.id, l.name, l.double_opt_in as "doubleOptIn" from list_entries e join lists l on l.id = e.list_id where e.contact_id = ${contactId} order by lower(l.name), l.id`.execute(
    trx,
  );
  const { rows: links } = await sql<Link>`
    select address, sends, asked_at, sent_at, expires_at from confirmations where contact_id = ${contactId} and kind = 'opt_in' order by asked_at desc limit 1`.execute(
    trx,
  );
  const { rows: said } = await sql`
    select 1 from standing_consents where contact_id = ${contactId} and channel = 'email' and state = 'given' and source = 'confirmation' limit 1`.execute(
    trx,
  );
  const [link] = links;
  if (!link)
    return { state: said.length > 0 ? 'confirmed' : 'unasked', address: null, askedAt: null, sends: 0, expiresAt: null, againAt: null, lists };
  const isOver = link.expires_at <= now;
  const next = isOver ? null : againAt('opt_in', { sends: link.sends, sentAt: link.sent_at, expiresAt: link.expires_at });
  return {
    state: stateOf({ isConfirmed: said.length > 0, isOver }),
    address: link.address,
    askedAt: instant(link.asked_at),
    sends: link.sends,
    expiresAt: instant(link.expires_at),
    againAt: next && next > now ? instant(next) : null,
    lists,
  };
}

function stateOf({ isConfirmed, isOver }: { isConfirmed: boolean; isOver: boolean }): OptInReply['state'] {
  if (isConfirmed) return 'confirmed';
  return isOver ? 'over' : 'waiting';
}
