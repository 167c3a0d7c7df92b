import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { addTestWorkspace } from '#e2e/test-database.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { addPlatformAccount } from '#sql/testing/add-platform-account.ts';
import { seededRandom, shuffle } from './seeded.ts';
import { stateOf, takeBodies, workVault } from './vault.ts';
import { type Body, bodiesFor, type Ends } from './webhook-stories.ts';

export type AnyOrder = { bodies: number; ordered: string; shuffled: string; replayed: string };

/** The states that the same stories end in: as they happened, doubled and shuffled, and with the whole vault replayed after that. */
export async function proveAnyOrder(db: Db, { stories, seed }: { stories: number; seed: number }): Promise<AnyOrder> {
  const run = async (arrange: (bodies: Body[]) => Body[]) => {
    const workspaceId = await addTestWorkspace(db);
    const ends: Ends = { phone: `phone-${randomUUID()}`, page: `page-${randomUUID()}` };
    await inWorkspace(db, workspaceId, async (trx) => {
      await addPlatformAccount(trx, { workspaceId, platform: 'whatsapp', name: 'wa', externalId: ends.phone });
      await addPlatformAccount(trx, { workspaceId, platform: 'messenger', name: 'fb', externalId: ends.page });
    });
    const bodies = arrange(bodiesFor(ends, stories));
    await takeBodies(db, bodies);
    const look = async () => (await stateOf(db, workspaceId)).replaceAll(ends.phone, 'phone').replaceAll(ends.page, 'page');
    return { workspaceId, look, bodies: bodies.length };
  };
  const first = await run((bodies) => bodies);
  const ordered = await first.look();
  const second = await run((bodies) => shuffle([...bodies, ...bodies], seededRandom(seed)));
  const shuffled = await second.look();
  await inWorkspace(db, second.workspaceId, (trx) => sql`update webhook_deliveries set state = 'pending', due_at = now()`.execute(trx));
  await workVault(db);
  return { bodies: second.bodies, ordered, shuffled, replayed: await second.look() };
}
