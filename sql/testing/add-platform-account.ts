import type { Platform } from '#core/platform-event.ts';
import { saveConnection } from '#sql/connections.ts';
import type { Trx } from '#sql/database.ts';

type Given = { workspaceId: string; platform: Platform; name: string; externalId: string; businessId?: string };

/** An account at a platform whose webhooks are taken in from now on, and that has no token, so nobody asks the platform about it; its id. */
export async function addPlatformAccount(trx: Trx, { businessId = '', externalId, ...given }: Given): Promise<string> {
  const token = { sealed: Buffer.alloc(0), at: null, endsAt: null, dataEndsAt: null, appId: null };
  const node = { externalId, nodeId: externalId, businessId: businessId || null, username: null, facts: {} };
  const graph = { login: 'token' as const, token, graphUrl: 'http://127.0.0.1:1', graphVersion: 'v25.0' };
  const accountId = await saveConnection(trx, { ...given, ...node, ...graph, now: new Date() });
  await trx.updateTable('platform_accounts').set({ sealed_token: null }).where('account_id', '=', accountId).execute();
  return accountId;
}
