import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PlatformAct } from '#core/platform-act.ts';
import type { PlatformExtras } from '#core/platform-extras.ts';
import { say } from '#lab/graph/acts.ts';
import { putFile } from '#lab/graph/media.ts';
import { customerOf, putCustomer } from '#lab/graph/store.ts';
import { ends, type MetaLanes, openMetaLanes } from './testing/meta-lanes.ts';
import { fault, metaOutbox } from './testing/meta-outbox.ts';

let lanes: MetaLanes;
beforeAll(async () => {
  lanes = await openMetaLanes();
});
afterEach(() => metaOutbox(lanes).clear());
afterAll(() => lanes[Symbol.asyncDispose]());

const ready: PlatformExtras = { template: { name: 'ready', language: 'en_US', body: ['{{name}}'], buttons: [] } };
const outbox = () => metaOutbox(lanes).all();
const settled = (status: string, count: number) => metaOutbox(lanes).settled(status, count);
const heard = (platform: 'whatsapp' | 'messenger' | 'instagram', from: string) => metaOutbox(lanes).heard(platform, from);

test('a campaign by template reaches everyone once, and its statuses move it on to delivered', async () => {
  const campaign = await lanes.startCampaign(6, 'Hello {{name}}, your order is ready.', ready);
  await lanes.runSlice('whatsapp');
  expect(await lanes.states(campaign)).toEqual({ sent: 6 });
  expect(outbox().map(({ text }) => text)).toEqual([1, 2, 3, 4, 5, 6].map((n) => `Hello Person ${n}, your order is ready.`));
  const { rows } = await lanes.inside((trx) =>
    sql<{ id: string }>`select id from deliveries where campaign_id = ${campaign} order by position`.execute(trx),
  );
  expect(outbox().map(({ callback }) => callback)).toEqual(rows.map(({ id }) => id));
  await settled('delivered', 6);
  expect(await lanes.states(campaign)).toEqual({ delivered: 6 });
});

test('a free text goes only to who has written within 24 hours; the others fail by the name of the rule, and Meta is not asked', async () => {
  await heard('whatsapp', '491511000002');
  const campaign = await lanes.startCampaign(3, 'Hello {{name}}');
  await lanes.runSlice('whatsapp');
  expect(await lanes.states(campaign)).toEqual({ sent: 1, failed: 2 });
  expect(outbox().map(({ customer }) => customer)).toEqual(['491511000002']);
  const { rows } = await lanes.inside((trx) =>
    sql`select distinct reason, error from deliveries where campaign_id = ${campaign} and state = 'failed'`.execute(trx),
  );
  expect(rows).toEqual([{ reason: 'window_closed', error: expect.stringContaining('(template_needed)') }]);
});

test.each([
  ['whatsapp', '491511000900', '+491511000900'],
  ['messenger', '8800', '8800'],
  ['instagram', '9900', '9900'],
] as const)(
  'an answer on %s whose reply never came is uncertain, is not sent again, and is settled by what the platform tells',
  async (platform, from, to) => {
    await heard(platform, from);
    lanes.site.lab.faults.push(fault({ how: 'cut' }));
    const id = await lanes.write(platform, to, { body: 'Here you are' });
    await lanes.runSlice(platform);
    expect(await lanes.delivery(id)).toMatchObject({ state: 'uncertain', reason: 'not_proven' });
    await lanes.runSlice(platform);
    expect(outbox()).toHaveLength(1);
    await settled('delivered', 1);
    expect(await lanes.delivery(id)).toMatchObject({ state: platform === 'instagram' ? 'sent' : 'delivered', platform_id: outbox()[0]?.id });
  },
);

test('who wants no marketing is left alone from then on, whether Meta says so at once or later', async () => {
  const { lab } = lanes.site;
  for (const [n, how] of [
    [1, 'instead'],
    [2, 'later'],
  ] as const) {
    putCustomer(lab, { platform: 'whatsapp', id: `49151100000${n}` });
    lab.faults.push(fault({ how, code: 131050, to: `49151100000${n}` }));
  }
  const campaign = await lanes.startCampaign(2, 'Hello', ready);
  await lanes.runSlice('whatsapp');
  await settled('failed', 1);
  expect(await lanes.states(campaign)).toEqual({ failed: 2 });
  const { rows } = await lanes.inside((trx) => sql`select source from suppressions where lifted_at is null`.execute(trx));
  expect(rows).toEqual([{ source: 'platform' }, { source: 'platform' }]);
});

test('files that came in are fetched, checked and stored with their message; one that is not what was told is left', async () => {
  const { lab, url } = lanes.site;
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  const file = putFile(lab, { account: ends.number, name: 'a.png', mimeType: 'image/png', content: png });
  const image = { id: file.id, mime_type: 'image/png', sha256: file.sha256 };
  const customer = customerOf(lab, 'whatsapp', '491511000777');
  say(lab, { account: ends.number, customer, type: 'image', content: image });
  const other = putFile(lab, { account: ends.number, name: 'b.png', mimeType: 'image/png', content: png });
  other.sha256 = '0'.repeat(64);
  say(lab, { account: ends.number, customer, type: 'image', content: { id: other.id, mime_type: 'image/png' } });
  const person = customerOf(lab, 'messenger', '4321');
  const attachments = [{ type: 'image', payload: { url: `${url}/open-files/${file.id}` } }];
  say(lab, { account: ends.page, customer: person, content: { attachments } });
  say(lab, { account: ends.page, customer: person, content: { attachments: [{ type: 'image', payload: { url: 'http://127.0.0.1:9/inside' } }] } });
  await lanes.takeWebhooks();
  await lanes.work.ticks.files();
  const { rows } = await lanes.inside((trx) =>
    sql`select f.state, f.why, k.mime_type, k.bytes::int, k.thumbnail_width as small from incoming_files f join messages m using (account_id, platform_id) left join media k on k.id = m.media_id order by m.at, f.why nulls first`.execute(
      trx,
    ),
  );
  const stored = { state: 'stored', why: null, mime_type: 'image/png', bytes: png.length, small: 1 };
  expect(rows).toHaveLength(4);
  expect(rows).toEqual(
    expect.arrayContaining([stored, { state: 'refused', why: expect.stringContaining('not the one'), mime_type: null, bytes: null, small: null }]),
  );
  expect(rows.filter((row) => JSON.stringify(row) === JSON.stringify(stored))).toHaveLength(2);
  expect(lab.calls.every(({ path }) => path !== '/inside')).toBe(true);
});

test('a person learns that it was read and that somebody types, and gets a sign; ours stands at the message', async () => {
  await heard('whatsapp', '491511000555');
  const [said] = [...lanes.site.lab.messages.values()];
  const { rows } = await lanes.inside((trx) =>
    sql<{ id: string; conversation_id: string }>`select id, conversation_id from messages where platform_id = ${said?.id}`.execute(trx),
  );
  const [message] = rows;
  const act = (given: PlatformAct) =>
    lanes.work.jobs.platform_act(
      { workspaceId: lanes.workspaceId, conversationId: message?.conversation_id ?? '', act: given },
      AbortSignal.timeout(5000),
    );
  await act({ is: 'typing' });
  expect(said?.status).toBe('read');
  expect(lanes.site.lab.events.some((event) => event.is === 'typing')).toBe(true);
  await act({ is: 'react', messageId: message?.id ?? '', emoji: '👍' });
  const shown = await lanes.inside((trx) => sql<{ reactions: object[] }>`select reactions from messages where id = ${message?.id}`.execute(trx));
  expect(shown.rows[0]?.reactions).toEqual([{ from: lanes.accounts.whatsapp, emoji: '👍' }]);
  expect(said?.reactions).toEqual({ [ends.number]: '👍' });
});

test('a portfolio begins no more conversations in a day than its platform allows, answers aside, and nobody is written to too fast', async () => {
  const limited = (limit: string) =>
    lanes.inside((trx) =>
      sql`update platform_accounts set facts = ${JSON.stringify({ limit })} where account_id = ${lanes.accounts.whatsapp}`.execute(trx),
    );
  await heard('whatsapp', '491511000003');
  await lanes.inside((trx) => sql`delete from uses`.execute(trx).then(() => sql`delete from use_keys`.execute(trx)));
  await limited('TIER_2');
  const campaign = await lanes.startCampaign(5, 'Hello', ready);
  await lanes.runSlice('whatsapp');
  // The third has written: that is nobody's new conversation. Person 1 and 2 want no more.
  expect(await lanes.states(campaign)).toMatchObject({ sent: 3 });
  const again = await lanes.startCampaign(6, 'Hello again', ready);
  await lanes.runSlice('whatsapp');
  // Who was reached today is reached again; only the sixth would be one too many.
  const { rows } = await lanes.inside((trx) =>
    sql`select name, wait_reason from deliveries where campaign_id = ${again} and state = 'planned'`.execute(trx),
  );
  expect(rows).toEqual([{ name: 'Person 6', wait_reason: 'portfolio_limit' }]);
  await limited('TIER_250');
  for (let n = 0; n < 12; n += 1) await lanes.write('whatsapp', '+491511000003', { body: `answer ${n}` });
  // One after the other: the next to a person waits for the one before.
  for (let n = 0; n < 14; n += 1) await lanes.runSlice('whatsapp');
  const pair = await lanes.inside((trx) =>
    sql`select count(*)::int as n from deliveries where wait_reason = 'pair_limit' and state = 'planned'`.execute(trx),
  );
  expect(pair.rows).toEqual([{ n: 4 }]);
});
