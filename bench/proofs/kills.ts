import { fileURLToPath } from 'node:url';
import { seededRandom } from '#workers/testing/seeded.ts';
import { addLane } from './kills/add-lane.ts';
import { judge } from './kills/judge.ts';
import { aimsOf, packsOf } from './kills/plan.ts';
import { onStage, type Stage } from './kills/stage.ts';
import { strike } from './kills/strike.ts';
import { type Kill, type Problem, printTable } from './kills/tally.ts';
import type { ProofOptions } from './options.ts';

const withPoints = fileURLToPath(new URL('./kills/worker-with-points.ts', import.meta.url));
const withoutConfirm = fileURLToPath(new URL('./kills/worker-without-confirm.ts', import.meta.url));

/**
 * Kills worker, browser and Postgres at every point of a send and at random moments, while every pack and mail send; then, of two hosts, the
 * one that holds them all is killed with its disk, and stopped for twice a lease. At the end the stand-ins' own stores are compared with what
 * the product says; after `minutes`, that is done with what has been killed until then. Answers what is wrong.
 */
export async function proveKills(options: ProofOptions): Promise<string[]> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('stopped')));
  const program = options.switchOff === 'confirm' ? withoutConfirm : withPoints;
  return onStage(program, stop.signal, (stage) => killAll(stage, options));
}

async function killAll(stage: Stage, options: ProofOptions): Promise<string[]> {
  const random = seededRandom(options.seed);
  await stage.startHost();
  const packs = await packsOf(options);
  const lanes = await Promise.all(packs.map((pack) => addLane(stage, pack)));
  const aims = aimsOf(options);
  const enough = AbortSignal.any([stage.signal, ...(options.minutes ? [AbortSignal.timeout(options.minutes * 60_000)] : [])]);
  const kills: Kill[] = [];
  const missing: string[] = [];
  for (const [nth, aim] of aims.entries()) {
    const what = `${aim.victim}, ${aim.point}`;
    const hits = await strike(stage, { aim, lanes, random, enough }).catch((error: unknown) => {
      stage.signal.throwIfAborted();
      if (!enough.aborted) missing.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    });
    kills.push(...hits);
    if (enough.aborted) break;
    console.log(`${nth + 1} of ${aims.length}: ${what}: ${hits.map(({ pack }) => pack).join(', ') || 'none'}`);
  }
  const problems: Problem[] = [];
  for (const lane of lanes) problems.push(...(await judge(stage, lane)));
  printTable(kills, problems);
  if (kills.length === 0) missing.push('Nothing was killed, so nothing is shown.');
  return [...problems.map(({ sentence }) => sentence), ...missing];
}
