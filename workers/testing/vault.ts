import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { pino } from 'pino';
import type { Platform } from '#core/platform-event.ts';
import { databaseClock } from '#sql/clock.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { keepWebhooks } from '#sql/webhooks.ts';
import { createWebhookWork } from '#workers/webhooks.ts';

/** Keeps bodies as the server does and works through them as a worker does. */
export async function takeBodies(db: Db, bodies: readonly { platform: Platform; body: unknown }[]): Promise<void> {
  for (const { platform, body } of bodies) {
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const digest = createHash('sha256').update(bytes).digest();
    await keepWebhooks(db, [{ platform, body: bytes, digest, signedBy: 'META_APP_SECRET', headers: {} }]);
  }
  await workVault(db);
}

export async function workVault(db: Db): Promise<void> {
  const clock = databaseClock(db);
  await clock.settle();
  await createWebhookWork({ db, clock, tell: () => undefined, log: pino({ level: 'silent' }) })(AbortSignal.timeout(60_000));
}

/** Everything that webhooks bring about in a workspace, without ids and times of our own: equal states are equal texts. */
export async function stateOf(db: Db, workspaceId: string): Promise<string> {
  return inWorkspace(db, workspaceId, async (trx) => {
    const { rows } = await sql<{ part: string; state: unknown }>`
      select 'messages' as part, jsonb_agg(jsonb_build_array(a.name, m.platform_id, m.direction, m.kind, m.body, m.status, m.at, m.edited_at, m.unsent_at, m.reactions,
               (select min(al.value) from aliases al where al.contact_id = v.contact_id)) order by a.name, m.platform_id) as state
        from messages m join conversations v on v.id = m.conversation_id join accounts a on a.id = m.account_id
      union all
      select 'conversations', jsonb_agg(jsonb_build_array(a.name, p.who, v.unread, v.last_message_at, v.last_incoming_at) order by a.name, p.who)
        from conversations v join accounts a on a.id = v.account_id
        cross join lateral (select string_agg(al.kind || al.value, ' ' order by al.value) as who from aliases al where al.contact_id = v.contact_id) p
      union all
      select 'people', jsonb_agg(jsonb_build_array(p.who, c.name, exists (select from suppressions s where s.contact_id = c.id and s.lifted_at is null)) order by p.who)
        from contacts c
        cross join lateral (select string_agg(al.kind || al.value, ' ' order by al.value) as who from aliases al where al.contact_id = c.id) p
      union all
      select 'deliveries', jsonb_agg(jsonb_build_array(d.address, d.state, d.error, d.platform_id) order by d.address) from deliveries d
      union all
      select 'marks', jsonb_agg(jsonb_build_array(k.platform_id, k.kind, k.sender, k.value, k.at) order by k.account_id, k.platform_id, k.kind, k.sender) from message_marks k`.execute(
      trx,
    );
    return JSON.stringify(rows, null, 1);
  });
}
