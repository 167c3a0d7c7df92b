import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import { ringLane } from './bells.ts';
import { askToConfirm, type Confirmation } from './confirmations.ts';
import { recordConsents } from './consents.ts';
import type { Trx } from './database.ts';
import { planSend } from './deliveries.ts';
import { recordEvent } from './events.ts';
import type { Queue } from './queue.ts';

/** What a list asks by mail, and from which account; null: it does not ask. */
export type ListAsks = { accountId: string; language: 'en' | 'ru'; workspaceName: string };
type Place = { workspaceId: string; listId: string };
export type WriteMail = (asks: ListAsks, link: { id: string; workspaceId: string }) => { subject: string; body: string };

/** Throws `wrong_state` when a list asks and there is no mail account that could. */
export async function readListAsks(trx: Trx, { listId }: Pick<Place, 'listId'>): Promise<ListAsks | null> {
  const { rows } = await sql<{ double_opt_in: boolean; language: 'en' | 'ru'; name: string; account_id: string | null }>`
    select l.double_opt_in, l.confirm_language as language, w.name,
           coalesce((select m.account_id from mail_accounts m where m.account_id = l.confirm_from),
                    (select m.account_id from mail_accounts m join accounts a on a.id = m.account_id order by a.created_at, a.id limit 1)) as account_id
      from lists l join workspaces w on w.id = l.workspace_id where l.id = ${listId}`.execute(trx);
  const [row] = rows;
  if (!row?.double_opt_in) return null;
  if (!row.account_id) throw new Failure('wrong_state', 'This list asks people by mail, and there is no mail account. Add one first.');
  return { accountId: row.account_id, language: row.language, workspaceName: row.name };
}

/** Of these people, those who have a mailbox and have said neither yes nor no to campaigns by mail. */
export async function thoseToAsk(trx: Trx, contactIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select c.id from contacts c where c.id = any(${[...contactIds]}::uuid[]) and exists (select from aliases al where al.contact_id = c.id and al.kind = 'email')
       and not exists (select from suppressions s where s.contact_id = c.id and s.lifted_at is null)
       and not exists (select from channel_refusals r where r.contact_id = c.id and r.channel = 'email')
       and not exists (select from standing_consents k where k.contact_id = c.id and k.channel in ('every', 'email') and k.state in ('given', 'refused'))
     order by c.id`.execute(trx);
  return rows.map((row) => row.id);
}

/** Those people of a list whom nobody has asked, or whose link is over; the first `most` of them. */
export async function unasked(trx: Trx, { listId, now, most }: { listId: string; now: Date; most: number }): Promise<string[]> {
  const { rows } = await sql<{ contact_id: string }>`
    select e.contact_id from list_entries e where e.list_id = ${listId}
       and not exists (select from confirmations f where f.contact_id = e.contact_id and f.kind = 'opt_in' and f.expires_at > ${now})
       and not exists (select from standing_consents k where k.contact_id = e.contact_id and k.channel in ('every', 'email') and k.state in ('given', 'refused'))
       and exists (select from aliases al where al.contact_id = e.contact_id and al.kind = 'email')
       and not exists (select from suppressions s where s.contact_id = e.contact_id and s.lifted_at is null)
       and not exists (select from channel_refusals r where r.contact_id = e.contact_id and r.channel = 'email')
     order by e.position limit ${most}`.execute(trx);
  return rows.map((row) => row.contact_id);
}

/** Until they have said yes, they get no campaign by mail. */
export async function holdUntilConfirmed(
  trx: Trx,
  ask: { workspaceId: string; contactIds: readonly string[]; evidence: string; now: Date },
): Promise<void> {
  const { workspaceId, evidence, now } = ask;
  const contactIds = await thoseToAsk(trx, ask.contactIds);
  await recordConsents(trx, {
    workspaceId,
    contactIds,
    channel: 'email',
    purpose: 'marketing',
    state: 'asked',
    source: 'confirmation',
    evidence,
    at: now,
  });
}

/** Mails a person the link that makes them a recipient, through the lane of the account, with all that holds for other mail. */
export async function mailOptIn(
  trx: Trx,
  queue: Queue,
  ask: Place & { contactId: string; asks: ListAsks; write: WriteMail; now: Date },
): Promise<void> {
  const { workspaceId, contactId, listId, asks, now } = ask;
  const { rows } = await sql<{ address: string; name: string }>`
    select al.value as address, c.name from contacts c join aliases al on al.contact_id = c.id and al.kind = 'email' where c.id = ${contactId} order by al.typed is null, al.position desc limit 1`.execute(
    trx,
  );
  const [to] = rows;
  if (!to) throw new Failure('invalid_input', 'This person has no mail address.');
  const { accountId } = asks;
  const { id } = await askToConfirm(trx, { workspaceId, contactId, kind: 'opt_in', accountId, listId, address: to.address, now });
  await holdUntilConfirmed(trx, { workspaceId, contactIds: [contactId], evidence: `confirmation ${id}`, now });
  const mail = ask.write(asks, { id, workspaceId });
  await planSend(trx, { workspaceId, accountId, contactId, addressKind: 'email', address: to.address, name: to.name, ...mail, priority: 1 });
  await ringLane(trx, queue, { workspaceId, accountId });
}

/** They have pressed the button. `address`: from where; that, and the link, shows it. */
export async function confirmOptIn(
  trx: Trx,
  { workspaceId, contactId, id }: Confirmation,
  { address, now }: { address: string; now: Date },
): Promise<void> {
  const evidence = `confirmation ${id}: the button of the mailed link was pressed, from ${address}`;
  await recordConsents(trx, {
    workspaceId,
    contactIds: [contactId],
    channel: 'email',
    purpose: 'marketing',
    state: 'given',
    source: 'confirmation',
    evidence,
    at: now,
  });
  await recordEvent(trx, workspaceId, { kind: 'contact_changed', contactId });
}
