import { sql } from 'kysely';
import type { Platform } from '#core/platform-event.ts';
import type { Db, Trx } from './database.ts';
import { recordEvent } from './events.ts';

export type PlatformOwner = { named: string; workspaceId: string; accountId: string; isBusiness: boolean };
export type NewPlatformAccount = { workspaceId: string; platform: Platform; name: string; externalId: string; businessId?: string };

/** Whose accounts these ids are, in every workspace. */
export async function ownersOf(db: Db, platform: Platform, ids: readonly string[]): Promise<PlatformOwner[]> {
  const { rows } = await sql<{ named: string; workspace_id: string; account_id: string; is_business: boolean }>`
    select named, workspace_id, account_id, is_business from platform_accounts_of(${platform}, ${ids}::text[])`.execute(db);
  return rows.map((row) => ({ named: row.named, workspaceId: row.workspace_id, accountId: row.account_id, isBusiness: row.is_business }));
}

/** The channel of a platform's accounts. */
export const channelOf = { whatsapp: 'whatsapp-cloud', messenger: 'messenger', instagram: 'instagram' } as const satisfies Record<Platform, string>;

/** An account whose webhooks are taken in from now on; its id. */
export async function addPlatformAccount(trx: Trx, { workspaceId, platform, name, externalId, businessId }: NewPlatformAccount): Promise<string> {
  const { id } = await trx
    .insertInto('accounts')
    .values({
      workspace_id: workspaceId,
      channel: channelOf[platform],
      name,
      identity: externalId,
      addressed_by: platform === 'whatsapp' ? 'phone' : 'scoped_id',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('platform_accounts')
    .values({ account_id: id, workspace_id: workspaceId, platform, external_id: externalId, node_id: externalId, business_id: businessId ?? null })
    .execute();
  await recordEvent(trx, workspaceId, { kind: 'account_changed', accountId: id });
  return id;
}
