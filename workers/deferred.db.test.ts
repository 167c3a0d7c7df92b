import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MailLanes, openMailLanes } from './testing/mail-lanes.ts';

let lanes: MailLanes;
beforeAll(async () => {
  lanes = await openMailLanes({ accounts: 1, pool: 2 });
});
afterAll(() => lanes[Symbol.asyncDispose]());

test('a mail that its server puts off is tried for three days from the first time, and goes out when it is taken', async () => {
  lanes.catcher.setFaults({ rejectRecipients: [{ pattern: '*', code: 451, text: '4.7.1 Greylisted' }] });
  const campaignId = await lanes.startCampaign(2);
  const again = async (deferredFor: string) => {
    await lanes.inside((trx) =>
      sql`update deliveries set due_at = now(), deferred_since = now() - ${deferredFor}::interval where state = 'planned'`.execute(trx),
    );
    await lanes.runSlice(lanes.accountIds[0] ?? '');
    return lanes.states(campaignId);
  };
  await lanes.runSlice(lanes.accountIds[0] ?? '');
  const { rows } = await lanes.inside((trx) =>
    sql<{ minutes: number; reason: string }>`
      select round(extract(epoch from due_at - deferred_since) / 60)::int as minutes, wait_reason as reason from deliveries where campaign_id = ${campaignId}`.execute(
      trx,
    ),
  );
  expect(rows).toEqual(Array.from({ length: 2 }, () => ({ minutes: 5, reason: 'mail_deferred' })));
  expect(await again('71 hours')).toEqual({ planned: 2 });
  lanes.catcher.setFaults({ rejectRecipients: [{ pattern: 'person1@*', code: 451, text: '4.7.1 Greylisted' }] });
  expect(await again('73 hours')).toEqual({ failed: 1, sent: 1 });
});
