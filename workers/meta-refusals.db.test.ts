import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PlatformExtras } from '#core/platform-extras.ts';
import { tellByWebhook } from '#lab/graph/webhooks.ts';
import { listMessages } from '#sql/messages.ts';
import { keepTemplates, listPlatformTemplates } from '#sql/platform-templates.ts';
import { ends, type MetaLanes, openMetaLanes } from './testing/meta-lanes.ts';
import { fault, metaOutbox } from './testing/meta-outbox.ts';
import { takeBodies } from './testing/vault.ts';

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

test('what Meta refuses later is failed with its number', async () => {
  await heard('whatsapp', '491511000901');
  lanes.site.lab.faults.push(fault({ how: 'later', code: 131026 }));
  const id = await lanes.write('whatsapp', '+491511000901', { body: 'Hi' });
  await lanes.runSlice('whatsapp');
  await settled('failed', 1);
  expect(await lanes.delivery(id)).toMatchObject({ state: 'failed', error: expect.stringContaining('131026') });
});

const account = () =>
  lanes.inside((trx) =>
    sql<{ warns: string | null; warning: string | null; rests: boolean; paused: string | null }>`
      select p.warns, p.warning, coalesce(p.rests_until > now(), false) as rests, a.pause_reason as paused from platform_accounts p join accounts a on a.id = p.account_id
       where a.id = ${lanes.accounts.whatsapp}`
      .execute(trx)
      .then(({ rows }) => rows[0]),
  );
/** As if the time that everything waits for had come. */
const letTimePass = () =>
  lanes.inside(async (trx) => {
    await sql`update deliveries set due_at = now() where state = 'planned'`.execute(trx);
    await sql`update deliveries set wait_until = now() where state = 'uncertain' and wait_until is not null`.execute(trx);
    await sql`update platform_accounts set rests_until = null, subscribed_at = now()`.execute(trx);
  });
const thread = () =>
  lanes.inside(async (trx) => {
    const { rows } = await sql<{
      id: string;
    }>`select id from conversations where account_id = ${lanes.accounts.whatsapp} and peer = '491511000001'`.execute(trx);
    const { rows: messages } = await listMessages(trx, rows[0]?.id ?? '', { limit: 50 });
    return messages.filter(({ direction }) => direction === 'out').map(({ status }) => status);
  });

test('what Meta takes, and then tells to have failed for a while, goes out again by the same rules, once; its campaign runs again', async () => {
  const shown = await thread().catch(() => []);
  lanes.site.lab.faults.push(fault({ how: 'later', code: 131016 }));
  const campaign = await lanes.startCampaign(1, 'Hello', ready);
  await lanes.runSlice('whatsapp');
  await settled('failed', 1);
  expect(await lanes.states(campaign)).toEqual({ planned: 1 });
  expect(await account()).toMatchObject({ rests: true });
  expect(await thread()).toEqual(['planned', ...shown]);
  await lanes.runSlice('whatsapp');
  expect(outbox()).toHaveLength(1);
  await letTimePass();
  await lanes.runSlice('whatsapp');
  await settled('delivered', 1);
  expect(await lanes.states(campaign)).toEqual({ delivered: 1 });
  expect(await thread()).toEqual(['delivered', ...shown]);
  await takeBodies(lanes.base.db, lanes.site.lab.webhooks);
  await letTimePass();
  await lanes.runSlice('whatsapp');
  expect([outbox().length, await lanes.states(campaign)]).toEqual([2, { delivered: 1 }]);
});

test('a number that may not send any more rests until a person resumes it, also when Meta tells it late, and the admins are told', async () => {
  lanes.site.lab.faults.push(fault({ how: 'later', code: 131042 }));
  const campaign = await lanes.startCampaign(1, 'Hello', ready);
  await lanes.runSlice('whatsapp');
  await settled('failed', 1);
  expect(await lanes.states(campaign)).toEqual({ planned: 1 });
  expect(await account()).toMatchObject({ warns: 'admin', warning: expect.stringContaining('131042'), paused: 'restricted' });
  const { rows } = await lanes.inside((trx) =>
    sql`select (select count(*)::int from events where kind = 'admins_warned') as told, (select detail from audit where action = 'platform_warned' order by id desc limit 1) as audited`.execute(
      trx,
    ),
  );
  expect(rows).toEqual([{ told: 1, audited: { reason: 'restricted', whom: 'admin' } }]);
});

test('an answer that says nothing is waited for, and tried again when nobody has heard of the message by then', async () => {
  const { lab } = lanes.site;
  lab.faults.push(fault({ how: 'instead', code: 131000 }));
  const lost = await lanes.startCampaign(1, 'Hello', ready);
  await lanes.runSlice('whatsapp');
  await lanes.work.ticks.askPlatforms();
  expect(await lanes.states(lost)).toEqual({ uncertain: 1 });
  await letTimePass();
  await lanes.work.ticks.askPlatforms();
  expect(await lanes.states(lost)).toEqual({ planned: 1 });
  await lanes.runSlice('whatsapp');
  await settled('delivered', 1);
  expect(await lanes.states(lost)).toEqual({ delivered: 1 });

  lab.messages.clear();
  lab.faults.push(fault({ how: 'after', code: 131000 }));
  const taken = await lanes.startCampaign(1, 'Hello', ready);
  await lanes.runSlice('whatsapp');
  expect(await lanes.states(taken)).toEqual({ uncertain: 1 });
  await letTimePass();
  await settled('delivered', 1);
  await lanes.work.ticks.askPlatforms();
  await lanes.runSlice('whatsapp');
  expect([outbox().length, await lanes.states(taken)]).toEqual([1, { delivered: 1 }]);
});

test('what is to be tried again and is named by the platform before it leaves is settled, and does not go out a second time', async () => {
  lanes.site.lab.faults.push(fault({ how: 'after', code: 131000 }));
  const late = await lanes.startCampaign(1, 'Hello, {{name}}', ready);
  await lanes.runSlice('whatsapp');
  await letTimePass();
  await lanes.work.ticks.askPlatforms();
  expect(await lanes.states(late)).toEqual({ planned: 1 });
  await settled('delivered', 1);
  expect(await lanes.states(late)).toEqual({ delivered: 1 });
  const { rows } = await lanes.inside((trx) =>
    sql`select m.body from messages m join deliveries d on d.id = m.delivery_id where d.campaign_id = ${late}`.execute(trx),
  );
  expect(rows).toEqual([{ body: 'Hello, Person 1' }]);
  await letTimePass();
  await lanes.runSlice('whatsapp');
  expect([outbox().length, await lanes.states(late)]).toEqual([1, { delivered: 1 }]);
});

test('an account whose hour is nearly used up rests between messages, before anything is refused', async () => {
  lanes.site.lab.settings.usagePercent = 90;
  const campaign = await lanes.startCampaign(3, 'Hello', ready);
  await lanes.runSlice('whatsapp');
  await lanes.runSlice('whatsapp');
  expect(await lanes.states(campaign)).toEqual({ sent: 1, planned: 2 });
  expect(await account()).toMatchObject({ rests: true, warning: null });
});

test('what an error means is done: the lane waits, the campaign or the account rests, and nobody loses a message', async () => {
  const { lab } = lanes.site;
  lab.faults.push(fault({ code: 130429 }));
  const first = await lanes.startCampaign(2, 'Hello', ready);
  await lanes.runSlice('whatsapp');
  expect(await lanes.states(first)).toEqual({ planned: 2 });
  await expect
    .poll(
      async () => {
        await lanes.runSlice('whatsapp');
        return lanes.states(first);
      },
      { timeout: 5000 },
    )
    .toEqual({ sent: 2 });

  lab.faults.push(fault({ code: 131048 }));
  const second = await lanes.startCampaign(2, 'Hello', ready);
  await lanes.runSlice('whatsapp');
  expect(await lanes.states(second)).toEqual({ planned: 2 });
  const held = await lanes.inside((trx) => sql`select state, state_why from campaigns where id = ${second}`.execute(trx));
  expect(held.rows).toEqual([{ state: 'paused', state_why: 'platform_held' }]);

  lab.faults.push(fault({ code: 190 }));
  const third = await lanes.startCampaign(2, 'Hello', ready);
  await lanes.runSlice('whatsapp');
  expect(await lanes.states(third)).toEqual({ planned: 2 });
  const held190 = await lanes.inside((trx) => sql`select pause_reason, last_error from accounts where id = ${lanes.accounts.whatsapp}`.execute(trx));
  expect(held190.rows).toEqual([{ pause_reason: 'platform_sign_in', last_error: expect.stringContaining('190') }]);
});

test('what people make of a template, and what it counts as, is known as soon as Meta tells it', async () => {
  const { lab } = lanes.site;
  const listed = {
    externalId: '900',
    name: 'ready',
    language: 'en_US',
    category: 'UTILITY',
    status: 'APPROVED',
    reason: null,
    quality: null,
    components: [],
  };
  const place = { workspaceId: lanes.workspaceId, businessId: ends.business };
  await lanes.inside((trx) => keepTemplates(trx, place, { templates: [listed], isAll: true, now: new Date() }));
  const about = { message_template_id: 900, message_template_name: 'ready', message_template_language: 'en_US' };
  const changes = [
    { field: 'message_template_quality_update', value: { ...about, previous_quality_score: 'GREEN', new_quality_score: 'RED' } },
    { field: 'template_category_update', value: { ...about, previous_category: 'UTILITY', new_category: 'MARKETING' } },
  ];
  tellByWebhook(lab, { platform: 'whatsapp', entry: ends.business, what: { changes } });
  await lanes.takeWebhooks();
  expect(await lanes.inside((trx) => listPlatformTemplates(trx, ends.business))).toMatchObject([
    { quality: 'RED', category: 'MARKETING', status: 'APPROVED' },
  ]);
});
