import { sql } from 'kysely';
import type { ConsentPurpose } from '#core/consent.ts';
import { Failure } from '#core/failure.ts';
import { recordConsents } from './consents.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { skipDeliveries } from './skip-deliveries.ts';
import { requireContact, suppressContact } from './suppressions.ts';

export type ToldConsent = {
  workspaceId: string;
  contactId: string;
  personId: string;
  channel: string;
  purpose: ConsentPurpose;
  state: 'given' | 'refused';
  evidence: string;
  /** When they said so, and now. */
  at: Date;
  now: Date;
};

/**
 * What a person told one of us. A refusal reaches what is planned: of everything, of one channel, or of campaigns. An agreement takes no suppression
 * back; that is asked for by its name (`unsuppressContact`). Throws `not_found`, `invalid_input`, `wrong_state`.
 */
export async function writeDownConsent(trx: Trx, told: ToldConsent): Promise<void> {
  const { workspaceId, contactId, personId, channel, purpose, state, evidence, at, now } = told;
  await requireContact(trx, contactId);
  if (at > now) throw new Failure('invalid_input', 'Nobody said so in the future.', { fields: { at: 'lies in the future' } });
  const isOfEverything = channel === 'every' && purpose === 'every';
  if (isOfEverything && state === 'refused') return suppressContact(trx, { workspaceId, contactId, source: 'manual', evidence, personId, now });
  if (isOfEverything && (await isSuppressed(trx, contactId)))
    throw new Failure('wrong_state', 'This person asked not to be written to. Lift that first, with what they said.');
  await recordConsents(trx, { workspaceId, contactIds: [contactId], channel, purpose, state, source: 'manual', evidence, personId, at });
  if (channel !== 'every' && purpose === 'every') await refuseChannel(trx, told);
  if (state === 'refused') {
    const onIt = channel === 'every' ? sql`true` : sql`exists (select from accounts a where a.id = d.account_id and a.channel = ${channel})`;
    const isFor = purpose === 'every' ? sql`true` : sql`d.campaign_id is not null`;
    const reason = purpose === 'every' ? 'suppressed' : 'no_consent';
    await skipDeliveries(trx, { workspaceId, reason, now }, sql`d.contact_id = ${contactId} and ${onIt} and ${isFor}`);
  }
  await recordEvent(trx, workspaceId, { kind: 'contact_changed', contactId });
}

/** What they agreed to before they refused takes no refusal back, whenever it is written down. */
async function refuseChannel(trx: Trx, { workspaceId, contactId, channel, state, at }: ToldConsent): Promise<void> {
  if (state === 'given') {
    await sql`delete from channel_refusals where contact_id = ${contactId} and channel = ${channel} and at <= ${at}`.execute(trx);
  } else
    await trx
      .insertInto('channel_refusals')
      .values({ contact_id: contactId, channel, workspace_id: workspaceId, at })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
}

async function isSuppressed(trx: Trx, contactId: string): Promise<boolean> {
  const row = await trx.selectFrom('suppressions').select('id').where('contact_id', '=', contactId).where('lifted_at', 'is', null).executeTakeFirst();
  return row !== undefined;
}
