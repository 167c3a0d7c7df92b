import { sql } from 'kysely';
import type { SkipReason } from '#core/delivery.ts';
import { audience, audienceAskOf } from './audience.ts';
import type { Trx } from './database.ts';
import { skipDeliveries } from './skip-deliveries.ts';

type Ask = { workspaceId: string; accountId: string; tried: readonly { id: string; contactId: string | null }[]; now: Date };

/**
 * Deliveries that are planned again after a try: a rule that was made meanwhile, an address that is gone, or somebody who wants no campaigns any
 * more has reached what was planned or claimed, and not these. They are skipped now, by the same rules as a campaign. Answers which.
 */
export async function skipRuledOut(trx: Trx, { workspaceId, accountId, tried, now }: Ask): Promise<Set<string>> {
  if (tried.length === 0) return new Set();
  const contactIds = tried.flatMap((one) => one.contactId ?? []);
  const ask = await audienceAskOf(trx, { workspaceId, listIds: [], contactIds, senderIds: [accountId], variables: [] });
  const { rows } = await sql<{ id: string; reason: SkipReason | null }>`
    select d.id, case when who.skip = 'denied' or who.skip = 'no_consent' and d.campaign_id is not null then who.skip
                      when exists (select from address_rules r where r.effect = 'gone' and r.kind = d.address_kind and r.value = d.address) then 'address_gone' end as reason
      from deliveries d left join (${audience(ask)}) who on who.contact_id = d.contact_id
     where d.id = any(${tried.map((one) => one.id)}::uuid[])`.execute(trx);
  const ruled = rows.flatMap(({ id, reason }) => (reason ? [{ id, reason }] : []));
  for (const [reason, of] of Map.groupBy(ruled, (one) => one.reason)) {
    await skipDeliveries(trx, { workspaceId, reason, now }, sql`d.id = any(${of.map((one) => one.id)}::uuid[])`);
  }
  return new Set(ruled.map((one) => one.id));
}
