import type pg from 'pg';
import { wordsOf } from '#core/words.ts';

/** Messages of a conversation, on average: 10 million in 500,000. */
export const messagesEach = 20;
const accounts = 6;
const people = 10;
const teams = 4;
const vocabulary = 5000;

/** A workspace as an inbox of that size looks: what the operations of `inbox.ts` are asked about. */
export type InboxGround = {
  workspaceId: string;
  personId: string;
  accountId: string;
  teamId: string;
  /** On a fifth of the conversations, and on a few. */
  usualLabelId: string;
  rareLabelId: string;
  conversationId: string;
  /** What one contact has in the name, and in the number. */
  rare: { name: string; number: string };
  /** Inside the order of the list, and of the messages. */
  midway: { conversation: readonly [string, string]; message: readonly [string, string] };
};

/**
 * Fills a migrated database, as its superuser: rows are written without their triggers, and indexes are made afterwards, because ten million through the
 * product's own ways would take a day. What is kept of them (counts, words) is made from them, so that nothing looks other than the product would leave it.
 */
export async function fillInbox(
  admin: pg.Client,
  ask: { workspaceId: string; messages: number; seed: number; say: (line: string) => void },
): Promise<InboxGround> {
  const { workspaceId, messages, seed, say } = ask;
  const conversations = Math.ceil(messages / messagesEach);
  await admin.query(`select setseed($1::float8)`, [(seed % 1000) / 1000]);
  await admin.query(`set session_replication_role = replica; set maintenance_work_mem = '512MB'; set work_mem = '256MB'`);
  const indexes = await takeIndexes(admin);
  const run = async (what: string, text: string, values: unknown[] = [workspaceId]) => {
    const started = performance.now();
    const { rowCount } = await admin.query(text, values);
    say(`${what}: ${rowCount} rows in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  };
  await run(
    'accounts',
    `insert into accounts (workspace_id, channel, name, addressed_by)
     select $1::uuid, (array['whatsapp', 'telegram', 'email'])[1 + n % 3], 'Account ' || n, 'phone' from generate_series(1, ${accounts}) n`,
  );
  await run(
    'people',
    `insert into people (workspace_id, email, username, name, role, password_hash)
     select $1::uuid, 'p' || n || '@' || $1 || '.test', 'p' || n || '-' || left($1::text, 8), 'Person ' || n, 'operator', '-' from generate_series(1, ${people}) n`,
  );
  await run('teams', `insert into teams (workspace_id, name) select $1::uuid, 'Team ' || n from generate_series(1, ${teams}) n`);
  await run('labels', `insert into labels (workspace_id, name, colour) select $1::uuid, name, 'blue' from unnest(array['usual', 'rare']) name`);
  await run(
    'contacts',
    `insert into contacts (id, workspace_id, name)
     select ${idOf('contact')}, $1::uuid, initcap(${wordAt('n * 7')}) || ' ' || initcap(${wordAt('n * 13 + 5')}) || ' ' || n
       from generate_series(1, ${conversations}) n`,
  );
  await run(
    'aliases',
    `insert into aliases (workspace_id, contact_id, kind, value, typed)
     select $1::uuid, ${idOf('contact')}, 'phone', '+4915' || lpad(n::text, 9, '0'), null from generate_series(1, ${conversations}) n`,
  );
  await run(
    'conversations',
    `insert into conversations (id, workspace_id, account_id, contact_id, peer, title, unread, last_message_at, last_incoming_at, assigned_to, team_id, priority,
                                snoozed_at, snoozed_until, resolved_at, archived_at)
     select ${idOf('conversation')}, $1::uuid, a.ids[1 + n % ${accounts}], ${idOf('contact')}, '+4915' || lpad(n::text, 9, '0'), '',
            case when r.unread < 0.03 then 1 + (r.unread * 100)::int else 0 end, now() - n * interval '7 seconds', now() - n * interval '7 seconds',
            case when r.assigned < 0.6 then p.ids[1 + (r.who * ${people})::int % ${people}] end, case when r.team < 0.3 then t.ids[1 + (r.who * ${teams})::int % ${teams}] end,
            case when r.priority < 0.9 then 'none' when r.priority < 0.97 then 'medium' else 'urgent' end,
            case when r.state < 0.02 then now() end, case when r.state < 0.02 then now() + interval '1 day' end,
            case when r.state between 0.02 and 0.7 then now() end, case when r.state > 0.9 then now() end
       from generate_series(1, ${conversations}) n
            cross join (select array_agg(id order by name) as ids from accounts where workspace_id = $1) a
            cross join (select array_agg(id order by name) as ids from people where workspace_id = $1 and role = 'operator') p
            cross join (select array_agg(id order by name) as ids from teams where workspace_id = $1) t
            cross join lateral (select random() as unread, random() as assigned, random() as who, random() as team, random() as priority, random() as state, n as each) r`,
  );
  await run(
    'labels of conversations',
    `insert into conversation_labels (conversation_id, label_id, workspace_id, state, is_unread, last_message_at)
     select v.id, l.id, v.workspace_id, v.state, v.unread > 0, v.last_message_at from conversations v
       join labels l on l.workspace_id = v.workspace_id where v.workspace_id = $1
        and case when l.name = 'usual' then hashtext(v.id::text) % 5 = 0 else hashtext(v.id::text) % ${Math.ceil(conversations / 30)} = 0 end`,
  );
  await run(
    'messages',
    `insert into messages (workspace_id, account_id, conversation_id, platform_id, direction, kind, body, status, at, read_at)
     select $1::uuid, v.account_id, v.id, v.peer || ' ' || k, case when k % 2 = 0 then 'out' else 'in' end, 'text',
            ${wordAt('v.nth * 3 + k')} || ' ' || ${wordAt('v.nth + k * 31')} || case when (v.nth + k) % 10 = 0 then ' parcel ' else ' ' end
              || ${wordAt('v.nth * 11 + k * 5')} || ' ' || ${wordAt('v.nth * 17 + k')} || case when v.nth = ${Math.ceil(conversations / 2)} then ' heliotrope' else '' end,
            case when k % 2 = 0 then 'read' end, v.last_message_at - (k - 1) * interval '11 minutes', case when k % 2 = 1 and k > v.unread * 2 then v.last_message_at end
       from (select c.*, row_number() over (order by c.last_message_at desc) as nth from conversations c where c.workspace_id = $1) v
            cross join generate_series(1, ${messagesEach}) k`,
  );
  await run(
    'words',
    `insert into message_words (message_id, workspace_id, at, words)
     select id, workspace_id, at, to_tsvector('simple', body) || array_to_tsvector(array[workspace_word(workspace_id)]) from messages where workspace_id = $1`,
  );
  await run(
    'counts',
    `insert into inbox_counts (workspace_id, facet, key, state, conversations, unread)
     select v.workspace_id, f.facet, f.key, v.state, count(*), count(*) filter (where v.unread > 0) from conversations v
            cross join lateral (values ('all', v.workspace_id), ('account', v.account_id), ('person', coalesce(v.assigned_to, '00000000-0000-0000-0000-000000000000')),
                                       ('team', v.team_id)) f (facet, key) where v.workspace_id = $1 and f.key is not null group by 1, 2, 3, 4
     union all
     select l.workspace_id, 'label', l.label_id, l.state, count(*), count(*) filter (where l.is_unread) from conversation_labels l where l.workspace_id = $1 group by 1, 3, 4`,
  );
  for (const index of indexes) await run(index.split(' ').find((word) => word.includes('_')) ?? 'index', index, []);
  await admin.query('reset session_replication_role');
  await admin.query('vacuum (analyze)');
  return readGround(admin, workspaceId, conversations);
}

/** Known beforehand, so that rows can name each other; of version 4, as all others. */
const idOf = (what: string) => `overlay(overlay(md5($1::text || '${what}' || n) placing '4' from 13) placing '8' from 17)::uuid`;

/** Frequent ones come far more often than rare ones, as in a language. All are folded already. */
function wordAt(number: string): string {
  const syllables = ['ka', 'lo', 'mi', 'ne', 'ru', 'sa', 'to', 'vi', 'be', 'du'].flatMap((word) => wordsOf(word));
  const nth = `(${vocabulary} * power(((${number})::bigint * 7919 % 10007) / 10007.0, 3))::int`;
  const signs = [1, 10, 100, 1000].map((place) => `(array['${syllables.join("','")}'])[1 + ${nth} / ${place} % 10]`);
  return `(${signs.join(' || ')})`;
}

/** The indexes that are made afterwards, as they are written. */
async function takeIndexes(admin: pg.Client): Promise<string[]> {
  const { rows } = await admin.query<{ name: string; text: string }>(`
    select i.indexname as name, i.indexdef as text from pg_indexes i
     where i.schemaname = 'public' and i.tablename in ('messages', 'message_words', 'conversations', 'conversation_labels', 'contacts', 'aliases')
       and not exists (select from pg_constraint c where c.conname = i.indexname)`);
  for (const { name } of rows) await admin.query(`drop index ${name}`);
  return rows.map(({ text }) => text);
}

async function readGround(admin: pg.Client, workspaceId: string, conversations: number): Promise<InboxGround> {
  const one = async (text: string) => {
    const { rows } = await admin.query(text, [workspaceId]);
    return rows[0].id as string;
  };
  const middle = async (table: string, at: string, offset: number) => {
    const { rows } = await admin.query(
      `select to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, id from ${table} where workspace_id = $1 order by ${at} desc offset $2 limit 1`,
      [workspaceId, offset],
    );
    return [rows[0].at, rows[0].id] as const;
  };
  const nth = String(Math.floor(conversations / 2));
  return {
    workspaceId,
    rare: { name: ` ${nth}`, number: nth.padStart(9, '0') },
    personId: await one(`select id from people where workspace_id = $1 and role = 'operator' order by name limit 1`),
    accountId: await one(`select id from accounts where workspace_id = $1 order by name limit 1`),
    teamId: await one(`select id from teams where workspace_id = $1 order by name limit 1`),
    usualLabelId: await one(`select id from labels where workspace_id = $1 and name = 'usual'`),
    rareLabelId: await one(`select id from labels where workspace_id = $1 and name = 'rare'`),
    conversationId: await one(`select id from conversations where workspace_id = $1 order by last_message_at desc offset 100 limit 1`),
    midway: {
      conversation: await middle('conversations', 'last_message_at', Math.floor(conversations / 2)),
      message: await middle('messages', 'at', Math.floor((conversations * messagesEach) / 2)),
    },
  };
}
