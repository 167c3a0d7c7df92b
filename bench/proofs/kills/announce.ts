import type { Dress } from '#workers/dress.ts';
import { impatient } from './impatient.ts';
import type { At, Point } from './point.ts';
import { readPointsUrl } from './points-config.ts';

/** The steps of a pack's `send` after which a send stands at a point. */
const stepPoints: Record<string, Point> = { open: 'opened', guard: 'guarded', 'type:composer': 'typed', commit: 'pressed' };

/** A worker that says where each send stands, and goes on when the proof lets it. `more` is worn beneath. */
export function announcing(more: Dress = {}): Dress {
  const url = readPointsUrl();
  const stand = async (at: Omit<At, 'pid'>) => void (await fetch(url, { method: 'POST', body: JSON.stringify({ ...at, pid: process.pid }) }));
  return {
    backoff: impatient,
    channel: (plain, is) => {
      const channel = more.channel?.(plain, is) ?? plain;
      return {
        ...channel,
        async send(account, message, signal) {
          const { deliveryId } = message;
          const at = (point: Point) => stand({ point, accountId: account.id, deliveryId });
          await at('claimed');
          const commit: typeof message.commit = async (anchor) => {
            await at('booking');
            await message.commit(anchor);
            await at('booked');
          };
          const sent = await channel.send(account, { ...message, commit }, signal);
          await at('proven');
          return sent;
        },
      };
    },
    async afterStep({ flow, deliveryId, accountId }, step) {
      const point = stepPoints[step];
      if (flow === 'send' && point && deliveryId) await stand({ point, accountId, deliveryId });
    },
  };
}
