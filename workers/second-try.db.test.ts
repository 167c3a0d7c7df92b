import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveDelivery } from '#sql/resolve-delivery.ts';
import { type MailLanes, openMailLanes } from './testing/mail-lanes.ts';
import { type MetaLanes, openMetaLanes } from './testing/meta-lanes.ts';
import { fault, metaOutbox } from './testing/meta-outbox.ts';

let lanes: MailLanes;
let meta: MetaLanes;
beforeAll(async () => {
  lanes = await openMailLanes({ accounts: 1 });
  meta = await openMetaLanes();
});
afterAll(async () => {
  await lanes[Symbol.asyncDispose]();
  await meta[Symbol.asyncDispose]();
});

const again = { sendUncertainAgain: true };
const send = () => lanes.runSlice(lanes.accountIds[0] ?? '');
type Lanes = Pick<MailLanes, 'inside'>;
const stateOf = async ({ inside }: Lanes, id: string) =>
  (await inside((trx) => trx.selectFrom('campaigns').select('state').where('id', '=', id).executeTakeFirstOrThrow())).state;
/** As if the time for proof were over. Answers how many wait for it. */
const letTimePass = async ({ inside }: Lanes, id: string) =>
  (
    await inside((trx) =>
      sql`update deliveries set again_at = committing_at + interval '1 microsecond'
           where campaign_id = ${id} and state = 'uncertain' and again_at > committing_at returning 1`.execute(trx),
    )
  ).rows.length;
/** How often the catcher holds the mails of a campaign: times → mails. */
const heldTimes = async (id: string) => {
  const held = lanes.catcher.deliveries();
  const rows = await lanes.inside((trx) => trx.selectFrom('deliveries').select('id').where('campaign_id', '=', id).execute());
  return Object.fromEntries([...Map.groupBy(rows, (row) => held.get(row.id) ?? 0)].map(([times, of]) => [times, of.length]));
};

test('a mail whose connection was cut after it was handed over is uncertain, and is not sent again unless its campaign says so', async () => {
  lanes.catcher.setFaults({ dropAfterData: 2 });
  const id = await lanes.startCampaign(6);
  await send();
  expect(await lanes.states(id)).toEqual({ sent: 4, uncertain: 2 });
  expect(await letTimePass(lanes, id)).toBe(0);
  await send();
  expect(await lanes.states(id)).toEqual({ sent: 4, uncertain: 2 });
  expect(await stateOf(lanes, id)).toBe('finished');
  expect(await heldTimes(id)).toEqual({ 1: 6 });
});

test('a campaign that says so sends uncertain mails once more, not before its time, and not a third time', async () => {
  lanes.catcher.setFaults({ dropAfterData: 3 });
  const id = await lanes.startCampaign(8, again);
  await send();
  await send();
  expect(await lanes.states(id)).toEqual({ sent: 5, uncertain: 3 });
  expect(await stateOf(lanes, id)).toBe('running');
  expect(await letTimePass(lanes, id)).toBe(3);
  lanes.catcher.setFaults({ dropAfterData: 1 });
  await send();
  expect(await lanes.states(id)).toEqual({ sent: 7, uncertain: 1 });
  expect(await letTimePass(lanes, id)).toBe(0);
  await send();
  expect(await stateOf(lanes, id)).toBe('finished');
  expect(await heldTimes(id)).toEqual({ 1: 5, 2: 3 });
});

test('of a campaign that was cancelled nothing uncertain goes out again, whoever asks', async () => {
  lanes.catcher.setFaults({ dropAfterData: 1 });
  const id = await lanes.startCampaign(1);
  await send();
  await lanes.inside((trx) => trx.updateTable('campaigns').set({ state: 'cancelled' }).where('id', '=', id).execute());
  const one = await lanes.inside((trx) => trx.selectFrom('deliveries').select('id').where('campaign_id', '=', id).executeTakeFirstOrThrow());
  const resolve = (as: 'send_again' | 'failed') => lanes.inside((trx) => resolveDelivery(trx, { workspaceId: lanes.workspaceId, id: one.id, as }));
  await expect(resolve('send_again')).rejects.toMatchObject({ code: 'wrong_state' });
  expect(await lanes.states(id)).toEqual({ uncertain: 1 });
  await resolve('failed');
});

test('a second try that is refused, or that a person no longer wants, says nothing of the first: the mail stays uncertain', async () => {
  lanes.catcher.setFaults({ dropAfterData: 3 });
  const id = await lanes.startCampaign(3, again);
  await send();
  expect(await letTimePass(lanes, id)).toBe(3);
  await lanes.inside((trx) =>
    sql`insert into suppressions (workspace_id, contact_id, source)
        select workspace_id, contact_id, 'manual' from deliveries where campaign_id = ${id} and address = 'person1@example.org'`.execute(trx),
  );
  lanes.catcher.setFaults({ rejectRecipients: [{ pattern: 'person2@*' }] });
  await send();
  expect(await lanes.states(id)).toEqual({ sent: 1, uncertain: 2 });
  expect(await letTimePass(lanes, id)).toBe(0);
  expect(await stateOf(lanes, id)).toBe('finished');
});

test('what a platform says within the time is proof enough; only what it has not mentioned by then goes out once more', async () => {
  const extras = { template: { name: 'ready', language: 'en_US', body: ['{{name}}'], buttons: [] } };
  const { lab } = meta.site;
  lab.faults.push(fault({ how: 'cut', to: '491511000001' }));
  const outbox = metaOutbox(meta);
  const sendByMeta = async () => {
    // After an answer that never came the account rests.
    await meta.inside((trx) => trx.updateTable('platform_accounts').set({ rests_until: null }).execute());
    await meta.runSlice('whatsapp');
  };
  const settings = JSON.stringify(again);
  const start = async () => {
    const id = await meta.startCampaign(1, 'Hello', extras);
    await meta.inside((trx) => trx.updateTable('campaigns').set({ settings }).where('id', '=', id).execute());
    await sendByMeta();
    return id;
  };
  const proven = await start();
  expect(await meta.states(proven)).toEqual({ uncertain: 1 });
  await outbox.settled('delivered', 1);
  expect(await meta.states(proven)).toEqual({ delivered: 1 });
  expect(await letTimePass(meta, proven)).toBe(0);
  lab.faults.push(fault({ how: 'cut', to: '491511000001' }));
  const unproven = await start();
  expect(await letTimePass(meta, unproven)).toBe(1);
  await sendByMeta();
  expect(await meta.states(unproven)).toEqual({ sent: 1 });
  expect(outbox.all()).toHaveLength(3);
  await outbox.settled('delivered', 3);
  expect(await meta.states(unproven)).toEqual({ delivered: 1 });
});

test('where Meta answers that it does not know, a second try waits as long as its silence does, and silence brings no third', async () => {
  const extras = { template: { name: 'ready', language: 'en_US', body: ['{{name}}'], buttons: [] } };
  const { lab } = meta.site;
  const outbox = metaOutbox(meta);
  await outbox.clear();
  // The platform does tell of messages: only then is its silence proof.
  const told = { workspace_id: meta.workspaceId, account_id: meta.accounts.whatsapp, platform_id: 'other', kind: 'status', value: 'delivered' };
  await meta.inside((trx) =>
    trx
      .insertInto('message_marks')
      .values({ ...told, at: new Date(), applied: true })
      .execute(),
  );
  const dontKnow = () => lab.faults.push(fault({ how: 'instead', code: 131000, to: '491511000001' }));
  const pass = async (column: 'again_at' | 'wait_until') => {
    await meta.inside(async (trx) => {
      await sql`update deliveries set ${sql.ref(column)} = committing_at + interval '1 microsecond' where state = 'uncertain' and ${sql.ref(column)} is not null`.execute(
        trx,
      );
      await sql`update platform_accounts set rests_until = null, subscribed_at = now()`.execute(trx);
    });
    await meta.work.ticks.askPlatforms();
    await meta.runSlice('whatsapp');
  };
  dontKnow();
  const id = await meta.startCampaign(1, 'Hello', extras);
  await meta.inside((trx) =>
    trx
      .updateTable('campaigns')
      .set({ settings: JSON.stringify(again) })
      .where('id', '=', id)
      .execute(),
  );
  await meta.runSlice('whatsapp');
  const first = await meta.inside((trx) => sql`select again_at >= wait_until as waits from deliveries where campaign_id = ${id}`.execute(trx));
  expect(first.rows).toEqual([{ waits: true }]);
  dontKnow();
  await pass('again_at');
  expect([lab.faults.filter(({ times }) => times > 0).length, await meta.states(id)]).toEqual([0, { uncertain: 1 }]);
  await pass('wait_until');
  expect([outbox.all().length, await meta.states(id)]).toEqual([0, { uncertain: 1 }]);
});
