import { until } from '#bin/demo/until.ts';
import { faultOf } from './fault-of.ts';
import { type Lane, patiently } from './lane.ts';
import type { Stage } from './stage.ts';
import type { Problem } from './tally.ts';

const unended = ['planned', 'claimed', 'committing'] as const;
/** A send that cannot be confirmed becomes `uncertain` after ten minutes. */
const endSeconds = 900;

/**
 * Waits until every delivery of a lane has an end, and compares each with what the stand-in holds. Answers what breaks the promise: never
 * twice, and never unsent without a state that says so. Only mail, which nobody can look up, may end `uncertain`.
 */
export async function judge(stage: Stage, lane: Lane): Promise<Problem[]> {
  const { client, signal } = stage;
  const { accountId, pack } = lane;
  const isOver = async () => {
    for (const state of unended)
      if ((await patiently(stage, () => client.listLogs({ query: { accountId, state, limit: 1 } }))).rows.length > 0) return false;
    return true;
  };
  await until(`The end of ${pack}`, isOver, { seconds: endSeconds, signal }).catch(() => undefined);
  const held = await lane.held();
  const states: Record<string, number> = {};
  const problems: Problem[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listLogs({ query: { accountId, limit: 200, ...(cursor ? { cursor } : {}) } });
    for (const { id: deliveryId, state, address } of page.rows) {
      states[state] = (states[state] ?? 0) + 1;
      const wrong = (fault: Problem['fault'], what: string) =>
        problems.push({ pack, deliveryId, fault, sentence: `${pack}, ${address}, delivery ${deliveryId}, ${state}: ${what}` });
      const found = faultOf(state, held.get(deliveryId) ?? 0);
      if (found) wrong(found.fault, found.what);
      if (state === 'uncertain' && pack !== 'mail') wrong('uncertain', 'a web send was left uncertain');
    }
    cursor = page.next ?? undefined;
  } while (cursor);
  const known = [...held.values()].reduce((sum, times) => sum + times, 0);
  console.log(`${pack}: states ${JSON.stringify(states)}, held by the stand-in: ${known}`);
  return problems;
}
