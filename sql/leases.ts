import { sql } from 'kysely';
import { type Db, inWorkspace } from './database.ts';

/** A lease is 45 s: longer than the longest act between two renewals (a paced send of some hundred letters renews while it types). */
export const leaseSeconds = 45;
export type Lease = { accountId: string; fence: number; until: Date };

export async function tellHostIsAlive(db: Db, host: { id: string; url: string; sealedSecret: Buffer; slots: number }): Promise<void> {
  await sql`insert into hosts (id, url, sealed_secret, slots) values (${host.id}, ${host.url}, ${host.sealedSecret}, ${host.slots})
    on conflict (id) do update set seen_at = now(), url = excluded.url`.execute(db);
}

export async function forgetHost(db: Db, hostId: string): Promise<void> {
  await db.deleteFrom('hosts').where('id', '=', hostId).execute();
}

/** Takes, or keeps, the lease of an account. Null: another host holds it. The fence grows whenever the holder changes. */
export async function acquireLease(db: Db, ask: { workspaceId: string; accountId: string; hostId: string }): Promise<Lease | null> {
  return inWorkspace(db, ask.workspaceId, async (trx) => {
    const { rows } = await sql<{ fence: number; until: Date }>`
      insert into leases (account_id, workspace_id, host_id, until)
      values (${ask.accountId}, ${ask.workspaceId}, ${ask.hostId}, now() + make_interval(secs => ${leaseSeconds}))
      on conflict (account_id) do update set
        fence = case when leases.host_id = excluded.host_id and leases.until > now() then leases.fence else leases.fence + 1 end,
        host_id = excluded.host_id,
        until = excluded.until
      where leases.host_id = excluded.host_id or leases.until <= now()
         or not exists (select from hosts where hosts.id = leases.host_id)
      returning fence, until`.execute(trx);
    const row = rows[0];
    return row ? { accountId: ask.accountId, fence: row.fence, until: row.until } : null;
  });
}

/** Prolongs what this host holds with this fence; false means that it is lost. */
export async function renewLease(db: Db, ask: { workspaceId: string; accountId: string; hostId: string; fence: number }): Promise<boolean> {
  return inWorkspace(db, ask.workspaceId, async (trx) => {
    const { rows } = await sql`update leases set until = now() + make_interval(secs => ${leaseSeconds})
      where account_id = ${ask.accountId} and host_id = ${ask.hostId} and fence = ${ask.fence} and until > now() returning 1`.execute(trx);
    return rows.length > 0;
  });
}

/** Whether nobody else has taken this lease since, even if it has run out meanwhile. */
export async function isStillHolder(db: Db, ask: { workspaceId: string; accountId: string; hostId: string; fence: number }): Promise<boolean> {
  return inWorkspace(db, ask.workspaceId, async (trx) => {
    const { rows } = await sql`select 1 from leases where account_id = ${ask.accountId} and host_id = ${ask.hostId} and fence = ${ask.fence}`.execute(
      trx,
    );
    return rows.length > 0;
  });
}

export async function releaseLease(db: Db, ask: { workspaceId: string; accountId: string; hostId: string; fence: number }): Promise<void> {
  await inWorkspace(db, ask.workspaceId, async (trx) => {
    // The row stays: a fence that started again at 1 could not tell an old holder from a new one.
    await sql`update leases set until = now() where account_id = ${ask.accountId} and host_id = ${ask.hostId} and fence = ${ask.fence}`.execute(trx);
  });
}

/** The live host that holds the lease of an account, or null. A host is alive while it was seen within 15 s. */
export async function holderOf(
  db: Db,
  workspaceId: string,
  accountId: string,
): Promise<{ hostId: string; url: string; sealedSecret: Buffer } | null> {
  return inWorkspace(db, workspaceId, async (trx) => {
    const row = await trx
      .selectFrom('leases')
      .innerJoin('hosts', 'hosts.id', 'leases.host_id')
      .select(['hosts.id', 'hosts.url', 'hosts.sealed_secret'])
      .where('leases.account_id', '=', accountId)
      .where('leases.until', '>', sql<Date>`now()`)
      .where('hosts.seen_at', '>', sql<Date>`now() - interval '15 seconds'`)
      .executeTakeFirst();
    return row ? { hostId: row.id, url: row.url, sealedSecret: row.sealed_secret } : null;
  });
}

export async function anyHost(db: Db): Promise<{ hostId: string; url: string; sealedSecret: Buffer } | null> {
  const row = await db
    .selectFrom('hosts')
    .selectAll()
    .where('seen_at', '>', sql<Date>`now() - interval '15 seconds'`)
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? { hostId: row.id, url: row.url, sealedSecret: row.sealed_secret } : null;
}
