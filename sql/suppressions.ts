import { sql } from 'kysely';
import type { Event } from '#core/events.ts';
import type { Trx } from './database.ts';
import { recordEvents } from './events.ts';

export type Suppression = {
  workspaceId: string;
  contactId: string;
  source: 'stop_word' | 'manual' | 'one_click' | 'platform' | 'import';
  /** What proves it: which message, which click, what was noted. Never the message itself. */
  evidence: string;
  messageId?: string;
  now: Date;
};

/** The person gets nothing more on any channel: noted once, and whatever was planned is skipped at once. False when it was so already. */
export async function suppressContact(trx: Trx, ask: Suppression): Promise<boolean> {
  const { rows: noted } = await sql`
    insert into suppressions (workspace_id, contact_id, source, evidence, message_id, at)
    values (${ask.workspaceId}, ${ask.contactId}, ${ask.source}, ${ask.evidence}, ${ask.messageId ?? null}, ${ask.now})
    on conflict (contact_id) where lifted_at is null do nothing returning 1`.execute(trx);
  const { rows } = await sql<{ id: string; campaign_id: string | null; account_id: string | null; conversation_id: string | null }>`
    update deliveries set state = 'skipped', reason = 'suppressed', wait_reason = null, wait_until = null, ended_at = ${ask.now}, updated_at = now()
     where contact_id = ${ask.contactId} and state = 'planned' returning id, campaign_id, account_id, conversation_id`.execute(trx);
  const skipped = rows.map((row): Event => ({ kind: 'delivery_changed', deliveryId: row.id, campaignId: row.campaign_id, accountId: row.account_id, conversationId: row.conversation_id }));
  await recordEvents(trx, ask.workspaceId, [{ kind: 'contact_changed', contactId: ask.contactId }, ...skipped]);
  return noted.length > 0;
}

/** The person agreed again. The earlier suppression stays in the record with who lifted it. */
export async function liftSuppression(trx: Trx, ask: { workspaceId: string; contactId: string; personId: string; now: Date }): Promise<void> {
  await sql`update suppressions set lifted_at = ${ask.now}, lifted_by = ${ask.personId} where contact_id = ${ask.contactId} and lifted_at is null`.execute(trx);
  await recordEvents(trx, ask.workspaceId, [{ kind: 'contact_changed', contactId: ask.contactId }]);
}
