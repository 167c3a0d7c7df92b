import { sql } from 'kysely';
import { expect } from 'vitest';
import { say } from '#lab/graph/acts.ts';
import type { Fault, Message } from '#lab/graph/model.ts';
import { customerOf } from '#lab/graph/store.ts';
import { ends, type MetaLanes } from './meta-lanes.ts';

export const fault = (given: Partial<Fault>): Fault => ({
  ...{ how: 'instead', code: 131000, subcode: null, httpStatus: null, times: 1, to: null, regainMinutes: 0 },
  ...given,
});

/** What the lab was handed, and what becomes of it. */
export function metaOutbox(lanes: MetaLanes) {
  const { lab } = lanes.site;
  const all = (): Message[] => [...lab.messages.values()].filter(({ direction }) => direction === 'out');
  return {
    all,
    /** Takes in what the lab tells once so many are there. */
    async settled(status: string, count: number): Promise<void> {
      await expect.poll(() => all().filter((one) => one.status === status).length).toBe(count);
      await lanes.takeWebhooks();
    },
    async heard(platform: 'whatsapp' | 'messenger' | 'instagram', from: string): Promise<void> {
      const account = { whatsapp: ends.number, messenger: ends.page, instagram: ends.instagram }[platform];
      say(lab, { account, customer: customerOf(lab, platform, from), text: 'hello' });
      await lanes.takeWebhooks();
    },
    /** Nothing goes wrong, rests or waits any more. */
    async clear(): Promise<void> {
      lab.faults.length = 0;
      lab.messages.clear();
      lab.settings.usagePercent = 0;
      await lanes.inside(async (trx) => {
        await sql`update accounts set paused_at = null, pause_reason = null`.execute(trx);
        await sql`update platform_accounts set rests_until = null, warned_at = null, warns = null, warning = null, broken_at = null`.execute(trx);
        await sql`update deliveries set state = 'cancelled' where state = 'planned'`.execute(trx);
      });
    },
  };
}
