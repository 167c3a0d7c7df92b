import { sql } from 'kysely';
import type { z } from 'zod';
import type { Hook } from '#core/api/hooks.ts';
import { Failure } from '#core/failure.ts';
import type { HookKind } from '#core/hooks.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { brokenUnique } from './unique.ts';

type HookReply = z.output<typeof Hook>;
/** Headers of one's own are sealed together; what a reply says of them are their names. */
export type SealedHeaders = { names: string[]; sealed: Buffer | null };
export type HookChange = {
  name?: string | undefined;
  url?: string | undefined;
  kinds?: HookKind[] | undefined;
  accountIds?: string[] | undefined;
  headers?: SealedHeaders | undefined;
  keepsOrder?: boolean | undefined;
  isOn?: boolean | undefined;
  sealedSecret?: Buffer | undefined;
};
type NewHook = Required<Omit<HookChange, 'sealedSecret'>> & { sealedSecret: Buffer };
type Place = { workspaceId: string; hookId: string };

export async function listHooks(trx: Trx, hookId: string | null = null): Promise<HookReply[]> {
  const { rows } = await sql<Omit<HookReply, 'failingSince' | 'createdAt'> & { failingSince: Date | null; createdAt: Date }>`
    select h.id, h.name, h.url, h.kinds, h.account_ids as "accountIds", h.header_names as "headerNames", h.keeps_order as "keepsOrder", h.is_on as "isOn",
           h.off_why as "offWhy", h.failing_since as "failingSince", h.created_at as "createdAt",
           (select count(*)::int from hook_posts p where p.hook_id = h.id and p.state = 'waiting') as waiting,
           (select count(*)::int from hook_posts p where p.hook_id = h.id and p.state = 'dead') as dead
      from hooks h where ${hookId}::uuid is null or h.id = ${hookId}::uuid order by lower(h.name), h.id`.execute(trx);
  return rows.map((row) => ({ ...row, failingSince: instant(row.failingSince), createdAt: instant(row.createdAt) }));
}

/** Throws `not_found`. */
export async function readHook(trx: Trx, hookId: string): Promise<HookReply> {
  const [hook] = await listHooks(trx, hookId);
  if (!hook) throw new Failure('not_found');
  return hook;
}

export async function addHook(trx: Trx, workspaceId: string, hook: NewHook): Promise<HookReply> {
  const { id } = await trx
    .insertInto('hooks')
    .values({ ...columnsOf(hook), workspace_id: workspaceId, name: hook.name, url: hook.url, kinds: hook.kinds, sealed_secret: hook.sealedSecret })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(nameTaken);
  return settle(trx, { workspaceId, hookId: id });
}

/** One that is switched on again begins without the failures of before. */
export async function changeHook(trx: Trx, place: Place, change: HookChange): Promise<HookReply> {
  const fresh = change.isOn ? { off_why: null, failures: 0, failing_since: null } : {};
  await trx
    .updateTable('hooks')
    .set({ ...columnsOf(change), ...fresh, id: place.hookId })
    .where('id', '=', place.hookId)
    .execute()
    .catch(nameTaken);
  return settle(trx, place);
}

export async function removeHook(trx: Trx, { workspaceId, hookId }: Place): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('hooks').where('id', '=', hookId).executeTakeFirst();
  if (numDeletedRows === 0n) throw new Failure('not_found');
  await recordEvent(trx, workspaceId, { kind: 'hook_changed', hookId });
}

const columnsOf = (hook: HookChange) => ({
  name: hook.name,
  url: hook.url,
  kinds: hook.kinds,
  account_ids: hook.accountIds,
  keeps_order: hook.keepsOrder,
  is_on: hook.isOn,
  sealed_secret: hook.sealedSecret,
  ...(hook.headers && { sealed_headers: hook.headers.sealed, header_names: hook.headers.names }),
});

async function settle(trx: Trx, place: Place): Promise<HookReply> {
  const hook = await readHook(trx, place.hookId);
  await recordEvent(trx, place.workspaceId, { kind: 'hook_changed', hookId: place.hookId });
  return hook;
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error) !== 'hooks_workspace_id_name_key') throw error;
  throw new Failure('already_exists', 'There is a hook of this name already.', { fields: { name: 'is taken' }, cause: error });
}
