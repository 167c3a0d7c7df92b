import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';

export type SealedDkimKey = { domain: string; selector: string; sealed_private_key: Buffer };
export type NewSealedKey = { workspaceId: string; domain: string; selector: string; publicKey: string; sealedPrivateKey: Buffer };
export type DkimKeyRow = { id: string; domain: string; selector: string; publicKey: string; publishedAt: string | null; createdAt: string };

/** The key that signs stands first among those of its domain: the newest that was seen in DNS, else the newest. */
export async function listDkimKeys(trx: Trx, domain: string | null = null): Promise<DkimKeyRow[]> {
  const rows = await inOrder(trx)
    .select(['id', 'domain', 'selector', 'public_key', 'published_at', 'created_at'])
    .$if(domain !== null, (query) => query.where('domain', '=', domain ?? ''))
    .execute();
  return rows.map((row) => ({
    id: row.id,
    domain: row.domain,
    selector: row.selector,
    publicKey: row.public_key,
    publishedAt: instant(row.published_at),
    createdAt: instant(row.created_at),
  }));
}

export async function signingKeyOf(trx: Trx, domain: string): Promise<SealedDkimKey | null> {
  const row = await inOrder(trx).select(['domain', 'selector', 'sealed_private_key']).where('domain', '=', domain).limit(1).executeTakeFirst();
  return row ?? null;
}

export async function addDkimKey(trx: Trx, key: NewSealedKey): Promise<string> {
  const { workspaceId, domain, selector, publicKey, sealedPrivateKey } = key;
  const { id } = await trx
    .insertInto('dkim_keys')
    .values({ workspace_id: workspaceId, domain, selector, public_key: publicKey, sealed_private_key: sealedPrivateKey })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export async function removeDkimKey(trx: Trx, keyId: string): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('dkim_keys').where('id', '=', keyId).executeTakeFirst();
  if (numDeletedRows === 0n) throw new Failure('not_found');
}

/** These were just seen in DNS. The first time counts. */
export async function notePublished(trx: Trx, keyIds: readonly string[], at: Date): Promise<void> {
  if (keyIds.length === 0) return;
  await trx
    .updateTable('dkim_keys')
    .set({ published_at: at })
    .where('id', 'in', [...keyIds])
    .where('published_at', 'is', null)
    .execute();
}

const inOrder = (trx: Trx) =>
  trx.selectFrom('dkim_keys').orderBy('domain').orderBy(sql`published_at is null`).orderBy('created_at', 'desc').orderBy('id');
