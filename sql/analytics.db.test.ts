import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { countFigures } from './analytics.ts';
import { inWorkspace, type Trx } from './database.ts';
import { recordEvents } from './events.ts';
import { ingest } from './ingest.ts';
import { readableLog } from './testing/readable-log.ts';

let made: TestDatabase;
beforeAll(async () => {
  made = await createTestDatabase();
});
afterAll(() => made[Symbol.asyncDispose]());

type Own = { workspaceId: string; accountIds: string[]; campaignId: string; trx: Trx };
const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'] as const;
/** Four days around the night in which Berlin loses an hour. */
const atMinute = (minute: number) => new Date(Date.UTC(2031, 2, 28) + minute * 60_000);

const minute = fc.nat({ max: 4 * 1440 });
const person = fc.nat({ max: 2 });
const account = fc.nat({ max: 1 });
const act = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      is: fc.constant('said'),
      id: fc.nat({ max: 30 }),
      person,
      account,
      minute,
      status: fc.constantFrom('sent', 'delivered', 'read', 'failed'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      is: fc.constant('delivery'),
      id: fc.nat({ max: 6 }),
      person,
      account,
      minute,
      ofCampaign: fc.boolean(),
      state: fc.constantFrom('failed', 'skipped', 'uncertain', 'sent', 'delivered', 'planned'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ is: fc.constant('counted') }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('merged'), account, person }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('erased'), account, person }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('removed'), id: fc.nat({ max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('zone'), zone: fc.constantFrom(...zones) }) },
);
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never;
type Of<K extends string> = Extract<Act, { is: K }>;

test('the figures are what a count of everything says, after whatever happened in whatever order, days with a lost hour among them', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 25, maxLength: 60 }), async (acts) => {
      const own = await begin();
      for (const one of acts) {
        if (one.is === 'counted')
          await countFigures(made.db); // As far as the log can be read by then.
        else await inWorkspace(made.db, own.workspaceId, (trx) => happen({ ...own, trx }, one));
      }
      await readableLog(made.db, own.workspaceId);
      await countFigures(made.db);
      const [kept, counted] = await inWorkspace(made.db, own.workspaceId, async (trx) => [await readKept(trx), await countAll(trx, own)] as const);
      expect(kept).toEqual(counted);
    }),
    { numRuns: 15, seed: 7, endOnFailure: true },
  );
});

async function begin() {
  const workspaceId = await addTestWorkspace(made.db);
  return inWorkspace(made.db, workspaceId, async (trx) => {
    await sql`update workspaces set zone = ${zones[0]}`.execute(trx);
    const { rows } = await sql<{ id: string }>`insert into accounts (workspace_id, channel, addressed_by, name)
      select ${workspaceId}, 'converse', 'jid', n from unnest(array['one', 'two']) n returning id`.execute(trx);
    const { rows: campaigns } = await sql<{
      id: string;
    }>`insert into campaigns (workspace_id, name) values (${workspaceId}, 'Spring') returning id`.execute(trx);
    return { workspaceId, accountIds: rows.map(({ id }) => id), campaignId: campaigns[0]?.id ?? '' };
  });
}

const talkOf = ({ accountIds }: Own, one: { account: number; person: number }) =>
  sql`(select id from conversations where account_id = ${accountIds[one.account]} and peer = ${`p${one.person}`})`;

async function happen(own: Own, one: Act): Promise<unknown> {
  const { trx } = own;
  if (one.is === 'said') return say(own, one as Of<'said'>);
  if (one.is === 'delivery') return deliver(own, one as Of<'delivery'>);
  if (one.is === 'removed') return sql`delete from deliveries where client_key = ${`d${(one as Of<'removed'>).id}`}`.execute(trx);
  if (one.is === 'zone') return sql`update workspaces set zone = ${(one as Of<'zone'>).zone}`.execute(trx);
  const { account, person } = one as Of<'merged'>;
  const gone = talkOf(own, { account, person });
  if (one.is === 'merged') {
    const kept = talkOf(own, { account, person: (person + 1) % 3 });
    await sql`update messages set conversation_id = ${kept} where conversation_id = ${gone} and ${kept} is not null`.execute(trx);
  }
  return sql`delete from conversations v where v.id = ${gone} and (${one.is === 'erased'} or not exists (select from messages m where m.conversation_id = v.id))`.execute(
    trx,
  );
}

function say({ trx, workspaceId, accountIds }: Own, one: Of<'said'>) {
  const accountId = accountIds[one.account] as string; // There are two.
  const name = `p${one.person}`;
  const peer = { kind: 'jid' as const, value: name, name };
  const told = { conversation: name, peer, platformId: `m${one.id}`, kind: 'text' as const, text: 'words', at: atMinute(one.minute) };
  const message = one.id % 2 === 0 ? { ...told, direction: 'out' as const, status: one.status } : { ...told, direction: 'in' as const, status: null };
  return ingest(trx, { workspaceId, accountId, messages: [message], now: new Date() });
}

/** As a lane or a person leaves it: one that went out stands in a conversation from then on. */
async function deliver({ trx, workspaceId, accountIds, campaignId }: Own, one: Of<'delivery'>): Promise<void> {
  const accountId = accountIds[one.account] as string; // There are two.
  const isBad = ['failed', 'skipped', 'uncertain'].includes(one.state);
  const wentOut = one.state === 'sent' || one.state === 'delivered';
  const at = atMinute(one.minute);
  const { rows } = await sql<{ id: string; account_id: string; campaign_id: string | null; is_told: boolean }>`
    insert into deliveries as d (workspace_id, client_key, campaign_id, account_id, address_kind, address, body, state, reason, ended_at, sent_at, delivered_at)
    values (${workspaceId}, ${`d${one.id}`}, ${one.ofCampaign ? campaignId : null}, ${accountId}, 'jid', ${`p${one.id}@x.test`}, 'Hi', ${one.state},
            ${isBad ? 'denied' : null}, ${one.state === 'planned' ? null : at}, ${wentOut ? at : null}, ${one.state === 'delivered' ? new Date(at.getTime() + 90_000) : null})
    on conflict (workspace_id, client_key) where client_key is not null
    do update set state = excluded.state, reason = excluded.reason, ended_at = excluded.ended_at, sent_at = excluded.sent_at, delivered_at = excluded.delivered_at
    returning id, account_id, campaign_id, exists (select from messages m where m.delivery_id = d.id) as is_told`.execute(trx);
  const [delivery] = rows;
  if (!delivery) return;
  const { id: deliveryId, account_id } = delivery;
  await recordEvents(trx, workspaceId, [
    { kind: 'delivery_changed', deliveryId, campaignId: delivery.campaign_id, accountId: account_id, conversationId: null },
  ]);
  if (!wentOut || delivery.is_told) return;
  const { rows: added } = await sql<{ id: string; conversation_id: string }>`
    insert into messages (workspace_id, account_id, conversation_id, delivery_id, platform_id, direction, kind, body, status, at)
    select ${workspaceId}, account_id, id, ${deliveryId}, ${deliveryId}, 'out', 'text', 'Hi', ${one.state}, ${at} from conversations
     where account_id = ${account_id} and peer = ${`p${one.person}`} returning id, conversation_id`.execute(trx);
  await recordEvents(
    trx,
    workspaceId,
    added.map(({ id: messageId, conversation_id: conversationId }) => ({ kind: 'message_added', messageId, conversationId, accountId: account_id })),
  );
}

type Sums = Record<string, number>;
/** One line for each sum that is not zero. */
const linesOf = (sums: Map<string, Sums>) =>
  [...sums].flatMap(([key, of]) => Object.entries(of).flatMap(([name, value]) => (value === 0 ? [] : [`${key} ${name} ${value}`]))).toSorted();

async function readKept(trx: Trx): Promise<string[]> {
  const { rows } = await sql<Sums & { key: string }>`
    select concat_ws(' ', account_id, coalesce(campaign_id::text, 'all'), day) as key, incoming, outgoing, delivered, read, failed, uncertain, skipped, conversations,
           delivery_seconds::int as "deliverySeconds", timed_deliveries as timed, answer_seconds::int as "answerSeconds", answers from daily_figures
    union all
    select concat_ws(' ', account_id, coalesce(campaign_id::text, 'all'), day, reason), deliveries, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 from daily_reasons
    union all
    select concat_ws(' ', account_id, day, hour || 'h'), incoming, outgoing, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 from daily_hours`.execute(trx);
  return linesOf(new Map(rows.map(({ key, ...sums }) => [key as unknown as string, sums])));
}

type Message = {
  account_id: string;
  conversation_id: string;
  direction: string;
  status: string | null;
  at: Date;
  campaign_id: string | null;
  reason: string | null;
  state: string | null;
  sent_at: Date | null;
  delivered_at: Date | null;
};
type Ended = { account_id: string; campaign_id: string | null; state: string; reason: string | null; ended_at: Date };

/** The plain way: everything, one by one, with the calendar of the runtime and not the database's. */
async function countAll(trx: Trx, { workspaceId }: Omit<Own, 'trx'>): Promise<string[]> {
  const { rows: zoned } = await sql<{ zone: string }>`select zone from workspaces where id = ${workspaceId}`.execute(trx);
  const clock = new Intl.DateTimeFormat('en-CA', {
    timeZone: zoned[0]?.zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  const placeOf = (at: Date) => {
    const part = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, value]));
    return { day: `${part.year}-${part.month}-${part.day}`, hour: Number(part.hour) };
  };
  const { rows: messages } = await sql<Message>`
    select m.account_id, m.conversation_id, m.direction, m.status, m.at, d.campaign_id, d.reason, d.state, d.sent_at, d.delivered_at
      from messages m left join deliveries d on d.id = m.delivery_id order by m.conversation_id, m.at, m.id`.execute(trx);
  const { rows: ended } = await sql<Ended>`
    select account_id, campaign_id, state, reason, ended_at from deliveries d
     where state in ('failed', 'skipped', 'uncertain') and not exists (select from messages m where m.delivery_id = d.id)`.execute(trx);

  const sums = new Map<string, Sums>();
  const add = (key: string, name: string, value = 1) => {
    const of = sums.get(key) ?? {};
    sums.set(key, { ...of, [name]: (of[name] ?? 0) + value });
  };
  const talks = new Set<string>();
  for (const [nth, one] of messages.entries()) {
    const { day, hour } = placeOf(one.at);
    const before = messages[nth - 1];
    const begins =
      one.direction === 'in' && !(before?.conversation_id === one.conversation_id && before.direction === 'in' && placeOf(before.at).day === day);
    const answer = begins && messages.find((next) => next.conversation_id === one.conversation_id && next.direction === 'out' && next.at > one.at);
    add(`${one.account_id} ${day} ${hour}h`, one.direction === 'in' ? 'incoming' : 'outgoing');
    for (const key of [`${one.account_id} all ${day}`, ...(one.campaign_id ? [`${one.account_id} ${one.campaign_id} ${day}`] : [])]) {
      add(key, one.direction === 'in' ? 'incoming' : 'outgoing');
      if (one.status === 'delivered' || one.status === 'read') add(key, 'delivered');
      if (one.status === 'read') add(key, 'read');
      if (one.status === 'failed') {
        add(key, 'failed');
        add(`${key} ${one.reason ?? 'platform_failed'}`, 'incoming');
      }
      if (one.state === 'uncertain') add(key, 'uncertain');
      if (one.sent_at && one.delivered_at) {
        add(key, 'timed');
        add(key, 'deliverySeconds', (one.delivered_at.getTime() - one.sent_at.getTime()) / 1000);
      }
      if (answer) {
        add(key, 'answers');
        add(key, 'answerSeconds', (answer.at.getTime() - one.at.getTime()) / 1000);
      }
      if (!talks.has(`${key} ${one.conversation_id}`)) add(key, 'conversations');
      talks.add(`${key} ${one.conversation_id}`);
    }
  }
  for (const one of ended) {
    const { day } = placeOf(one.ended_at);
    for (const key of [`${one.account_id} all ${day}`, ...(one.campaign_id ? [`${one.account_id} ${one.campaign_id} ${day}`] : [])]) {
      add(key, one.state);
      add(`${key} ${one.reason}`, 'incoming');
    }
  }
  return linesOf(sums);
}
