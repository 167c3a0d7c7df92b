import { sql } from 'kysely';
import { recordConsents } from './consents.ts';
import { addressOf } from './contacts.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { skipDeliveries } from './skip-deliveries.ts';
import type { Subscriber } from './subscriber-token.ts';
import { suppressContact } from './suppressions.ts';

/** What somebody gets from a workspace. `channels`: those that it writes by, and whether this person refuses them. */
export type Subscription = {
  workspaceName: string;
  contactId: string;
  state: { is: 'subscribed' } | { is: 'paused'; until: Date } | { is: 'unsubscribed'; mayReturn: boolean };
  channels: { channel: string; isRefused: boolean }[];
  /** Where a mail reaches them from this account; null: none does. */
  mailbox: string | null;
};

/** Null when the contact is gone, so nothing is sent to it. */
export async function readSubscription(trx: Trx, { workspaceId, contactId: known, accountId }: Subscriber): Promise<Subscription | null> {
  const { rows } = await sql<{ id: string; name: string; until: Date | null; source: string | null; is_off: boolean }>`
    select c.id, w.name, s.until, s.source, s.id is not null as is_off
      from contacts c join workspaces w on w.id = c.workspace_id left join suppressions s on s.contact_id = c.id and s.lifted_at is null
     where w.id = ${workspaceId} and c.id = coalesce((select into_id from merged_contacts where contact_id = ${known}), ${known})`.execute(trx);
  const [row] = rows;
  if (!row) return null;
  const { rows: channels } = await sql<{ channel: string; isRefused: boolean }>`
    select a.channel, exists (select from channel_refusals r where r.contact_id = ${row.id} and r.channel = a.channel) as "isRefused"
      from accounts a group by a.channel order by a.channel`.execute(trx);
  const { rows: boxes } = await sql<{ mailbox: string | null }>`
    select ${addressOf('email', sql`${row.id}::uuid`)} as mailbox from mail_accounts m where m.account_id = ${accountId}`.execute(trx);
  return { workspaceName: row.name, contactId: row.id, state: stateOf(row), channels, mailbox: boxes[0]?.mailbox ?? null };
}

/** What a person did here, a person may undo here; other refusals are undone by whoever heard of them. */
function stateOf({ is_off, until, source }: { is_off: boolean; until: Date | null; source: string | null }): Subscription['state'] {
  if (!is_off) return { is: 'subscribed' };
  return until ? { is: 'paused', until } : { is: 'unsubscribed', mayReturn: source === 'one_click' };
}

/** `until` null: for good. It holds for everything that is planned, from this moment on. */
export async function unsubscribe(trx: Trx, ask: { subscriber: Subscriber; until: Date | null; now: Date }): Promise<void> {
  const found = await readSubscription(trx, ask.subscriber);
  if (!found) return;
  const { workspaceId, accountId } = ask.subscriber;
  await suppressContact(trx, {
    workspaceId,
    contactId: found.contactId,
    source: 'one_click',
    evidence: `${ask.until ? 'pause' : 'unsubscribed'}, link from account ${accountId}`,
    until: ask.until,
    now: ask.now,
  });
}

export async function resubscribe(trx: Trx, { subscriber, now }: { subscriber: Subscriber; now: Date }): Promise<void> {
  const found = await readSubscription(trx, subscriber);
  if (!found) return;
  const lifted = await sql`
    update suppressions set lifted_at = ${now}, evidence = evidence || E'\nlifted: by the person, at the link'
     where contact_id = ${found.contactId} and lifted_at is null and source = 'one_click' returning 1`.execute(trx);
  if (lifted.rows.length === 0) return;
  const { workspaceId, accountId } = subscriber;
  const evidence = `link from account ${accountId}`;
  await recordConsents(trx, { workspaceId, contactIds: [found.contactId], state: 'lifted', source: 'preference_page', evidence, at: now });
  await recordEvent(trx, workspaceId, { kind: 'contact_changed', contactId: found.contactId });
}

/** From here on nobody writes to this person by these channels: what is planned or claimed on them is skipped at once. */
export async function refuseChannels(trx: Trx, ask: { subscriber: Subscriber; channels: readonly string[]; now: Date }): Promise<void> {
  const { workspaceId, accountId } = ask.subscriber;
  const found = await readSubscription(trx, ask.subscriber);
  if (!found) return;
  const refused = found.channels.map(({ channel }) => channel).filter((channel) => ask.channels.includes(channel));
  await sql`delete from channel_refusals where contact_id = ${found.contactId} and channel <> all(${refused}::text[])`.execute(trx);
  await sql`
    insert into channel_refusals (contact_id, channel, workspace_id, at) select ${found.contactId}, channel, ${workspaceId}, ${ask.now}
      from unnest(${refused}::text[]) channel on conflict do nothing`.execute(trx);
  for (const { channel, isRefused } of found.channels) {
    const state = refused.includes(channel) ? 'refused' : 'lifted';
    if (isRefused === (state === 'refused')) continue;
    const evidence = `link from account ${accountId}`;
    await recordConsents(trx, { workspaceId, contactIds: [found.contactId], channel, state, source: 'preference_page', evidence, at: ask.now });
  }
  const isOfThem = sql`d.contact_id = ${found.contactId} and exists (select from accounts a where a.id = d.account_id and a.channel = any(${refused}::text[]))`;
  await skipDeliveries(trx, { workspaceId, reason: 'suppressed', now: ask.now }, isOfThem);
  await recordEvent(trx, workspaceId, { kind: 'contact_changed', contactId: found.contactId });
}
