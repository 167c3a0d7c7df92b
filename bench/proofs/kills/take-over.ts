import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { leaseSeconds } from '#sql/leases.ts';
import { gather, type Stood } from './gather.ts';
import type { Lane } from './lane.ts';
import type { Point } from './point.ts';
import type { Host, Stage } from './stage.ts';
import type { Kill } from './tally.ts';
import { hostOf, killBrowsers, killWorker, type RemoteVictim } from './victims.ts';

type Ask = { victim: RemoteVictim; point: Point; lanes: readonly Lane[]; signal: AbortSignal };

/** A host that was woken gets this long to do what it must not. */
const wokenMs = 10_000;

/**
 * With a second host that has nothing: the one that holds the lanes is killed and its data directory deleted, or it is stopped for twice a lease
 * and woken again. The other one has to take over from what the database keeps.
 */
export async function takeOver(stage: Stage, { victim, point, lanes, signal }: Ask): Promise<Kill[]> {
  while (stage.hosts.size < 2) await stage.startHost();
  const ours = lanes.filter(({ points }) => points.includes(point));
  const stood = await gather(stage, ours, { point, signal });
  // After a takeover one of them may have come up on the other host: it goes on, and is none of this kill.
  const pid = stood[0]?.standing.at.pid ?? 0;
  const hit = stood.filter(({ standing }) => standing.at.pid === pid);
  for (const { standing } of stood) if (standing.at.pid !== pid) standing.goOn();
  const begun = performance.now();
  if (victim === 'host') await destroy(stage, hostOf(stage, pid), hit);
  else process.kill(pid, 'SIGSTOP');
  try {
    // What a stopped host may do next is the first thing that it sees when it is woken.
    for (const { standing } of hit) standing.goOn();
    const kills = await Promise.all(
      hit.map(async ({ lane, standing }): Promise<Kill> => {
        const takeOverMs = (await goesOn(stage, lane, { pid, signal })) - begun;
        console.log(`${lane.pack} was taken over after ${(takeOverMs / 1000).toFixed(1)} s`);
        return { pack: lane.pack, victim, point, deliveryId: standing.at.deliveryId, takeOverMs };
      }),
    );
    if (victim === 'pause') await wait(Math.max(0, begun + 2 * leaseSeconds * 1000 - performance.now()), undefined, { signal });
    return kills;
  } finally {
    if (victim === 'pause') {
      process.kill(pid, 'SIGCONT');
      await wait(wokenMs, undefined, { signal: stage.signal });
    }
  }
}

/** When another process than this one begins a send on the lane, of performance.now: by then what was interrupted has been looked for. */
async function goesOn(stage: Stage, lane: Lane, { pid, signal }: { pid: number; signal: AbortSignal }): Promise<number> {
  const begins = stage.watch.meet((at) => at.accountId === lane.accountId && at.point === 'claimed' && at.pid !== pid, signal);
  const [standing] = await Promise.all([begins, lane.fill()]);
  const now = performance.now();
  standing.goOn();
  return now;
}

/** The machine is gone: worker, browsers and disk. */
async function destroy(stage: Stage, host: Host, hit: readonly Stood[]): Promise<void> {
  killWorker(hit);
  const isEnded = host.worker.stop();
  await killBrowsers(stage, hit);
  await isEnded;
  stage.hosts.delete(host);
  await rm(host.dataDir, { recursive: true, force: true, maxRetries: 10 });
}
