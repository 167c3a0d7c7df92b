import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { readSignedIds, signIds } from './signed-ids.ts';

export type ConfirmationKind = 'opt_in' | 'export' | 'erase';
export type Confirmation = {
  id: string;
  workspaceId: string;
  contactId: string;
  kind: ConfirmationKind;
  address: string;
  listId: string | null;
  workspaceName: string;
  isOver: boolean;
  confirmedAt: Date | null;
};

/** For which purpose its key is derived from that of the installation. */
export const confirmPurpose = 'links to confirm';
const hourMs = 3_600_000;
/** How long a link holds, after which time it may be sent once more, and how often. */
const rules = {
  opt_in: { lastsMs: 168 * hourMs, againMs: 24 * hourMs, most: 3 },
  export: { lastsMs: 24 * hourMs, againMs: hourMs / 6, most: 3 },
  erase: { lastsMs: 24 * hourMs, againMs: hourMs / 6, most: 3 },
} as const satisfies Record<ConfirmationKind, { lastsMs: number; againMs: number; most: number }>;

export const confirmToken = ({ workspaceId, id }: { workspaceId: string; id: string }, key: Buffer): string => signIds([workspaceId, id], key);

/** Null when it was changed, cut, or made with another key. */
export function readConfirmToken(token: string, key: Buffer): { workspaceId: string; id: string } | null {
  const [workspaceId, id] = readSignedIds(token, 2, key) ?? [];
  return workspaceId && id ? { workspaceId, id } : null;
}

/** When a link may be mailed once more. */
export const againAt = (kind: ConfirmationKind, link: { sends: number; sentAt: Date; expiresAt: Date }): Date =>
  link.sends >= rules[kind].most ? link.expiresAt : new Date(link.sentAt.getTime() + rules[kind].againMs);

export type ConfirmAsk = {
  workspaceId: string;
  contactId: string;
  kind: ConfirmationKind;
  accountId: string;
  listId?: string;
  address: string;
  now: Date;
};

/** The link that is to be mailed; the one that still holds is sent again, seldom enough. Throws `too_many_requests`. */
export async function askToConfirm(trx: Trx, ask: ConfirmAsk): Promise<{ id: string; sends: number }> {
  const { workspaceId, contactId, kind, now } = ask;
  const { lastsMs, againMs, most } = rules[kind];
  await sql`select from contacts where id = ${contactId} for no key update`.execute(trx);
  const { rows } = await sql<{ id: string; sends: number; sent_at: Date; expires_at: Date }>`
    select id, sends, sent_at, expires_at from confirmations where contact_id = ${contactId} and kind = ${kind} and asked_at > ${new Date(now.getTime() - lastsMs)} order by asked_at desc limit 1`.execute(
    trx,
  );
  const before = rows[0];
  const nextAt = before && new Date(before.sent_at.getTime() + againMs);
  if (nextAt && nextAt > now)
    throw new Failure('too_many_requests', 'This person was asked a short while ago. Ask again later.', { retryAt: nextAt });
  if (before && before.sends >= most) throw new Failure('too_many_requests', `This person was asked ${most} times.`, { retryAt: before.expires_at });
  const expires_at = new Date(now.getTime() + lastsMs);
  if (before) {
    await trx
      .updateTable('confirmations')
      .set({ sends: before.sends + 1, sent_at: now, confirmed_at: null })
      .where('id', '=', before.id)
      .execute();
    return { id: before.id, sends: before.sends + 1 };
  }
  const values = {
    workspace_id: workspaceId,
    contact_id: contactId,
    kind,
    account_id: ask.accountId,
    list_id: ask.listId ?? null,
    address: ask.address,
  };
  const times = { asked_at: now, sent_at: now, expires_at };
  return trx
    .insertInto('confirmations')
    .values({ ...values, ...times })
    .returning(['id', 'sends'])
    .executeTakeFirstOrThrow();
}

/** Null when its person is gone. */
export async function readConfirmation(trx: Trx, id: string, now: Date): Promise<Confirmation | null> {
  const row = await trx
    .selectFrom('confirmations')
    .innerJoin('workspaces', 'workspaces.id', 'confirmations.workspace_id')
    .select(['confirmations.id', 'workspace_id', 'contact_id', 'kind', 'address', 'list_id', 'expires_at', 'confirmed_at', 'workspaces.name'])
    .where('confirmations.id', '=', id)
    .executeTakeFirst();
  if (!row) return null;
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    contactId: row.contact_id,
    kind: row.kind as ConfirmationKind, // The table's check allows no other.
    address: row.address,
    listId: row.list_id,
    workspaceName: row.name,
    isOver: row.expires_at <= now,
    confirmedAt: row.confirmed_at,
  };
}

/** The mail with the link did not go out: it counts as not asked, so that it can be asked for again at once. */
export async function takeBackAsk(trx: Trx, id: string): Promise<void> {
  await sql`delete from confirmations where id = ${id} and sends = 1`.execute(trx);
  await sql`update confirmations set sends = sends - 1, sent_at = 'epoch' where id = ${id}`.execute(trx);
}

/** Whoever presses the button first has confirmed it. */
export async function noteConfirmed(trx: Trx, id: string, now: Date): Promise<boolean> {
  const { rows } =
    await sql`update confirmations set confirmed_at = ${now} where id = ${id} and confirmed_at is null and expires_at > ${now} returning 1`.execute(
      trx,
    );
  return rows.length > 0;
}
