import { sql } from 'kysely';
import { writeAudit } from './audit.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';

type Place = { workspaceId: string; accountId: string };
/** The same again within this time is no news. */
const newsMinutes = 60;

/** What the platform said stands at its account until somebody has taken note; those whom it concerns are told, and it is in the audit. */
export async function warnOf(
  trx: Trx,
  { workspaceId, accountId }: Place,
  ask: { whom: 'operator' | 'admin'; reason: string; error: string; now: Date },
): Promise<void> {
  const { rows } = await sql`
    update platform_accounts set warned_at = ${ask.now}, warns = ${ask.whom}, warning = ${ask.error.slice(0, 500)}
     where account_id = ${accountId} and (warning is distinct from ${ask.error.slice(0, 500)} or warned_at < ${ask.now}::timestamptz - make_interval(mins => ${newsMinutes}))
    returning 1`.execute(trx);
  if (rows.length === 0) return;
  await writeAudit(trx, {
    workspaceId,
    personId: null,
    action: 'platform_warned',
    subject: 'account',
    subjectId: accountId,
    detail: { reason: ask.reason, whom: ask.whom },
  });
  await recordEvent(trx, workspaceId, { kind: ask.whom === 'admin' ? 'admins_warned' : 'operators_warned', accountId });
}

/** Nothing goes out from the account before then. */
export async function restAccount(trx: Trx, accountId: string, until: Date): Promise<void> {
  await sql`update platform_accounts set rests_until = greatest(rests_until, ${until}) where account_id = ${accountId}`.execute(trx);
}

/** Somebody has taken note; what rested with it may go on. */
export async function dismissWarning(trx: Trx, { workspaceId, accountId }: Place): Promise<void> {
  await sql`update platform_accounts set warned_at = null, warns = null, warning = null, rests_until = null where account_id = ${accountId}`.execute(
    trx,
  );
  await recordEvent(trx, workspaceId, { kind: 'account_changed', accountId });
}
