import { type RawBuilder, sql } from 'kysely';
import type { Trx } from './database.ts';
import type { Person } from './erase-contact.ts';

type TraceAsk = { trx: Trx; workspaceId: string; person: Person; count: (name: string, statement: RawBuilder<unknown>) => Promise<void> };

/** What names a person without being theirs: rows of files, bodies of webhooks, rules, what others wrote of them in groups. */
export async function eraseTraces({ trx, workspaceId, person, count }: TraceAsk): Promise<void> {
  const { addresses, words } = person;
  const isNamed = (text: RawBuilder<unknown>) => sql`exists (select from unnest(${words}::text[]) w where position(w in lower(${text})) > 0)`;
  const isTheirs = (text: RawBuilder<unknown>) => sql`lower(${text}) = any(${words}::text[])`;
  // In a group others read on; what this person wrote does not stand there any more.
  await count(
    'group messages',
    sql`update messages set body = '', author = null, folded = null, platform_id = case when ${isNamed(sql`platform_id`)} then 'erased ' || id else platform_id end, unsent_at = coalesce(unsent_at, now()) where ${isTheirs(sql`author`)}`,
  );
  await count('marks', sql`delete from message_marks where ${isTheirs(sql`sender`)} or ${isTheirs(sql`'+' || sender`)}`);
  const known = sql`jsonb_to_recordset(${JSON.stringify(addresses)}::jsonb) as o (kind text, value text)`;
  // A denied address stays one that nobody writes to.
  const { rows: denied } = await sql<{ kind: string; value: string }>`
    select o.kind, o.value from address_rules r join ${known} on o.kind = r.kind and o.value = r.value where r.effect = 'deny'`.execute(trx);
  if (denied.length > 0) await sql`select keep_away(${workspaceId}, ${JSON.stringify(denied)}::jsonb)`.execute(trx);
  await count('rules', sql`delete from address_rules r using ${known} where o.kind = r.kind and o.value = r.value`);
  await count('rejected rows', sql`delete from import_rejects where ${isNamed(sql`value`)} or ${isNamed(sql`reason`)}`);
  // What stands in a workbook cannot be told from outside: a file that is kept for another try goes.
  await count('import files', sql`delete from import_files f using imports i where i.id = f.import_id and i.state <> 'running'`);
  await count(
    'webhooks',
    sql`
    update webhook_deliveries set body = '{}', headers = '{}', events = '[]', state = case when state = 'pending' then 'processed' else state end
     where exists (select from unnest(${words}::text[]) w where length(w) >= 5 and position(convert_to(w, 'UTF8') in body) > 0)`,
  );
  await count('posts to hooks', sql`delete from hook_tries where ${isNamed(sql`request::text`)} or ${isNamed(sql`coalesce(reply_body, '')`)}`);
  await sql`delete from uses u using use_keys k where u.key_id = k.id and ${isNamed(sql`k.key`)}`.execute(trx);
  await count('uses', sql`delete from use_keys k where ${isNamed(sql`k.key`)}`);
  await sql`delete from saved_views where ${isNamed(sql`filter ->> 'search'`)}`.execute(trx);
  await sql`update accounts set last_error = null where ${isNamed(sql`last_error`)}`.execute(trx);
}
