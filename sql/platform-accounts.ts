import { sql } from 'kysely';
import type { Platform } from '#core/platform-event.ts';
import type { Db } from './database.ts';

export type PlatformOwner = { named: string; workspaceId: string; accountId: string; isBusiness: boolean };

/** Whose accounts these ids are, in every workspace. */
export async function ownersOf(db: Db, platform: Platform, ids: readonly string[]): Promise<PlatformOwner[]> {
  const { rows } = await sql<{ named: string; workspace_id: string; account_id: string; is_business: boolean }>`
    select named, workspace_id, account_id, is_business from platform_accounts_of(${platform}, ${ids}::text[])`.execute(db);
  return rows.map((row) => ({ named: row.named, workspaceId: row.workspace_id, accountId: row.account_id, isBusiness: row.is_business }));
}

/** The channel of a platform's accounts. */
export const channelOf = { whatsapp: 'whatsapp-cloud', messenger: 'messenger', instagram: 'instagram' } as const satisfies Record<Platform, string>;
