import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import { recordConsents } from './consents.ts';
import type { Db, Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { skipDeliveries } from './skip-deliveries.ts';

export type SuppressionSource = 'stop_word' | 'manual' | 'one_click' | 'platform' | 'import' | 'complaint';
export type SuppressAsk = {
  workspaceId: string;
  contactId: string;
  source: SuppressionSource;
  /** What shows that the person asked: an id or a note, never the text of a message. */
  evidence: string;
  messageId?: string | null;
  /** Who of us wrote it down. */
  personId?: string;
  /** Until when; null or absent: for good. */
  until?: Date | null;
  now: Date;
};

/**
 * From here on nobody writes to this person, on any channel: what is planned or claimed is skipped at once. A second ask keeps the first
 * one's date; only a pause becomes longer, or for good. Throws `not_found`.
 */
export async function suppressContact(trx: Trx, ask: SuppressAsk): Promise<void> {
  await requireContact(trx, ask.contactId);
  await sql`
    insert into suppressions as s (workspace_id, contact_id, source, evidence, message_id, at, until)
    values (${ask.workspaceId}, ${ask.contactId}, ${ask.source}, ${ask.evidence}, ${ask.messageId ?? null}, ${ask.now}, ${ask.until ?? null})
    on conflict (contact_id) where lifted_at is null do update set until = excluded.until, source = excluded.source, evidence = excluded.evidence
      where s.until < coalesce(excluded.until, 'infinity')`.execute(trx);
  await recordConsents(trx, {
    workspaceId: ask.workspaceId,
    contactIds: [ask.contactId],
    state: ask.until ? 'paused' : 'refused',
    source: ask.source,
    evidence: ask.evidence,
    personId: ask.personId ?? null,
    until: ask.until ?? null,
    at: ask.now,
  });
  await skipDeliveries(
    trx,
    { workspaceId: ask.workspaceId, reason: 'suppressed', now: ask.now },
    sql`d.contact_id = ${ask.contactId} and d.confirms is null`,
  );
  await recordEvent(trx, ask.workspaceId, { kind: 'contact_changed', contactId: ask.contactId });
}

/**
 * What people have told a platform of marketing from this account: the last word counts. A "resume" lifts only what a platform's "stop" has
 * brought, never what the person told us.
 */
export async function applyPreferences(trx: Trx, ask: { workspaceId: string; accountId: string; now: Date }): Promise<void> {
  // What was acted on once is not again: somebody may have lifted it since.
  const { rows } = await sql<{ contact_id: string; value: string; at: Date }>`
    select * from (
      select distinct on (al.contact_id) al.contact_id, k.value, k.at from message_marks k
        join aliases al on (al.kind = 'scoped_id' and al.value = k.sender) or (al.kind = 'phone' and al.value = '+' || ltrim(k.sender, '+'))
       where k.account_id = ${ask.accountId} and k.kind = 'preference' order by al.contact_id, k.at desc) last
     where value <> 'stop' or not exists (
       select from consents c where c.contact_id = last.contact_id and c.at = last.at and c.state = 'refused' and c.source = 'platform')`.execute(
    trx,
  );
  for (const { contact_id: contactId, value, at } of rows) {
    if (value === 'stop') await suppressContact(trx, { ...ask, contactId, source: 'platform', evidence: 'marketing preference', now: at });
    if (value !== 'resume') continue;
    const lifted = await sql`
      update suppressions set lifted_at = ${at} where contact_id = ${contactId} and lifted_at is null and source = 'platform' and at <= ${at} returning 1`.execute(
      trx,
    );
    if (lifted.rows.length === 0) continue;
    const evidence = 'marketing preference';
    await recordConsents(trx, { workspaceId: ask.workspaceId, contactIds: [contactId], state: 'lifted', source: 'platform', evidence, at });
  }
}

/** The person agreed again. The old row stays with who lifted it and why. */
export async function unsuppressContact(
  trx: Trx,
  ask: { workspaceId: string; contactId: string; personId: string; note: string; now: Date },
): Promise<void> {
  await requireContact(trx, ask.contactId);
  const lifted = await sql`
    update suppressions set lifted_at = ${ask.now}, lifted_by = ${ask.personId}, evidence = evidence || E'\nlifted: ' || ${ask.note}::text
     where contact_id = ${ask.contactId} and lifted_at is null returning 1`.execute(trx);
  if (lifted.rows.length === 0) return;
  const { workspaceId, contactId, personId, note: evidence, now: at } = ask;
  await recordConsents(trx, { workspaceId, contactIds: [contactId], state: 'lifted', source: 'manual', evidence, personId, at });
  await recordEvent(trx, ask.workspaceId, { kind: 'contact_changed', contactId: ask.contactId });
}

export async function requireContact(trx: Trx, contactId: string): Promise<void> {
  const row = await trx.selectFrom('contacts').select('id').where('id', '=', contactId).executeTakeFirst();
  if (!row) throw new Failure('not_found');
}

/** Ends pauses whose time is over; answers how many. */
export async function liftPauses(db: Db, at: Date): Promise<number> {
  const { rows } = await sql<{ lifted: number }>`select lift_pauses(${at}) as lifted`.execute(db);
  return rows[0]?.lifted ?? 0;
}
