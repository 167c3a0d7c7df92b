import { faultOf } from '#bench/proofs/kills/fault-of.ts';
import type { DeliveryState } from '#core/delivery.ts';
import type { Held } from './held.ts';
import type { Turn } from './ledger-watch.ts';
import type { Way } from './way.ts';

/** A delivery as the product tells it. */
export type Told = { id: string; way: Way; address: string; state: DeliveryState };

const unended: readonly DeliveryState[] = ['planned', 'claimed', 'committing'];

/** What the stand-ins hold against what the product says, person by person. Whoever got it by two ways got it twice. */
export function judgeDeliveries(told: readonly Told[], held: readonly Held[]): string[] {
  const heldOf = Map.groupBy(held, ({ address }) => address);
  const known = new Set(told.map(({ address }) => address));
  const strangers = [...heldOf.keys()]
    .filter((address) => !known.has(address))
    .map((address) => `${address} was written to, and is none of the people`);
  const faults = told.flatMap(({ id, way, address, state }) => {
    const wrong = (what: string) => `${way}, ${address}, delivery ${id}, ${state}: ${what}`;
    const times = heldOf.get(address) ?? [];
    const fault = faultOf(state, times.length);
    return [
      ...(fault ? [wrong(fault.what)] : []),
      ...(times.some((one) => one.way !== way) ? [wrong('held by another way than the one it was planned for')] : []),
      ...(unended.includes(state) ? [wrong('it has no end')] : []),
      ...(way === 'web' && state === 'uncertain' ? [wrong('a web send was left uncertain')] : []),
    ];
  });
  return [...strangers, ...faults];
}

type Lane = { accountId: string; way: Way; atOnce: number };

/** Of each account and after each kill no more may have turned uncertain than were on their way at once, of the web none, and without a kill none. */
export function judgeTurns(turns: readonly Turn[], { lanes, killedAt }: { lanes: readonly Lane[]; killedAt: readonly number[] }): string[] {
  const killOf = ({ at }: Turn) => killedAt.filter((kill) => kill <= at.getTime()).length;
  return lanes.flatMap(({ accountId, way, atOnce }) => {
    const most = way === 'web' ? 0 : atOnce;
    const byKill = Map.groupBy(
      turns.filter((turn) => turn.accountId === accountId),
      killOf,
    );
    return [...byKill].flatMap(([kill, turned]) => {
      const count = new Set(turned.map(({ id }) => id)).size;
      if (kill === 0) return [`${way}, account ${accountId}: ${count} turned uncertain before anything was killed`];
      return count > most ? [`${way}, account ${accountId}: kill ${kill} left ${count} uncertain, and may leave ${most}`] : [];
    });
  });
}
