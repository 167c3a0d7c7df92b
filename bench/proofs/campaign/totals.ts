import type { Stage } from '#bench/proofs/kills/stage.ts';
import type { Held } from './held.ts';
import type { Told } from './judge-deliveries.ts';
import type { Prepared } from './senders.ts';

/** What became of a campaign, as far as one place tells it. `sent` is all that went out, whatever became of it then. */
export type Totals = Partial<Record<'people' | 'sent' | 'arrived' | 'failed' | 'skipped' | 'uncertain', number>>;
export type Place = { name: string; totals: Totals };

const dayMs = 86_400_000;

export async function askProgress({ client }: Stage, { campaignId }: Prepared): Promise<Totals> {
  const { counts } = await client.progress({ params: { id: campaignId } });
  const { total, sent, delivered, read, failed, skipped, uncertain } = counts;
  return { people: total, sent: sent + delivered + read, arrived: delivered + read, failed, skipped, uncertain };
}

/** Counted delivery by delivery. */
export function countTold(told: readonly Told[]): Totals {
  const count = (...states: Told['state'][]) => told.filter(({ state }) => states.includes(state)).length;
  const counted = { failed: count('failed'), skipped: count('skipped'), uncertain: count('uncertain') };
  return { people: told.length, sent: count('sent', 'delivered', 'read'), arrived: count('delivered', 'read'), ...counted };
}

/** The days of the export, all together. */
export async function readCsv({ client }: Stage, { campaignId }: Prepared): Promise<Totals> {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const query = { from: day(Date.now() - dayMs), to: day(Date.now()), campaignId };
  const file = (await client.exportAnalytics({ query })) as Blob; // What is produced comes as a blob.
  const [head = [], ...days] = (await file.text())
    .trim()
    .split('\r\n')
    .map((line) => line.split(','));
  const sum = (name: string) => days.reduce((total, cells) => total + Number(cells[head.indexOf(name)]), 0);
  return { sent: sum('outgoing'), arrived: sum('delivered'), failed: sum('failed'), skipped: sum('skipped'), uncertain: sum('uncertain') };
}

/**
 * What the stand-ins hold. Of a message that is uncertain nobody said that it was sent, so those of them that they hold do not count; and what they
 * hold of somebody twice counts twice.
 */
export function countHeld(held: readonly Held[], told: readonly Told[]): Totals {
  const uncertain = new Set(told.flatMap(({ state, address }) => (state === 'uncertain' ? [address] : [])));
  return { sent: held.filter(({ address }) => !uncertain.has(address)).length };
}

/** Where two places do not say the same. */
export function differences([first, ...others]: readonly Place[]): string[] {
  if (!first) return [];
  return others.flatMap(({ name, totals }) =>
    (Object.keys(totals) as (keyof Totals)[]) // Its keys are those of the type.
      .filter((key) => totals[key] !== first.totals[key])
      .map((key) => `${key}: ${first.name} says ${first.totals[key]}, ${name} says ${totals[key]}`),
  );
}
