import { setTimeout as wait } from 'node:timers/promises';
import type { Stage } from '#bench/proofs/kills/stage.ts';
import { browsersOn, postgresVictim } from '#bench/proofs/kills/victims.ts';
import { until } from '#bin/demo/until.ts';
import { signalTree } from '#browser-profiles/process-table.ts';
import type { Aim } from './kill-plan.ts';
import type { Committing, LedgerWatch } from './ledger-watch.ts';
import { setLatency } from './way.ts';

/** `met`: what was `committing` right before. */
export type Struck = Aim & { at: number; met: Committing[]; backMs: number };
export type Scene = { stage: Stage; watch: LedgerWatch; profileId: string };

const lookEveryMs = 10;
/** A crash, a restart and a page that catches up take this long at most on a busy machine. */
const backSeconds = 300;
const meetMs = 300_000;

/** Kills once, at a random moment at which a message of the aim's way is `committing`, and waits until what was under way then has been settled. */
export async function strike(scene: Scene, { aim, actMs }: { aim: Aim; actMs: number }): Promise<Struck> {
  const { watch, stage } = scene;
  const signal = AbortSignal.any([stage.signal, AbortSignal.timeout(meetMs)]);
  let met: Committing[] = [];
  let kill = () => {};
  while (!met.some(({ way }) => way === aim.way)) {
    signal.throwIfAborted();
    await begins(watch, aim, signal);
    await wait(aim.moment * actMs, undefined, { signal });
    // Found before the last look, so that nothing but the kill comes after it.
    const found = await killerOf(scene, aim);
    if (!found) continue;
    kill = found;
    met = await watch.committing();
  }
  kill();
  const at = Date.now();
  // A page that comes back asks for much before it can look for a message: only what is sent shall take its time.
  await setLatency(stage.lab, 'web', 0);
  await until('What was under way being settled', async () => isSettled(await watch.committing(), at), {
    seconds: backSeconds,
    signal: stage.signal,
  });
  if (aim.victim === 'server') await until('The server', () => stage.client.me({}).catch(() => null), { seconds: backSeconds, signal: stage.signal });
  return { ...aim, at, met, backMs: Date.now() - at };
}

async function begins(watch: LedgerWatch, { way }: Aim, signal: AbortSignal): Promise<void> {
  while (!(await watch.committing()).some((one) => one.way === way)) await wait(lookEveryMs, undefined, { signal });
}

/** What may have been written while the kill came belongs to it as well. */
const isSettled = (committing: readonly Committing[], at: number): boolean => committing.every(({ since }) => since.getTime() > at + 100);

/** Null while the victim is still coming back from the kill before. */
async function killerOf({ stage, profileId }: Scene, { victim, random }: Aim): Promise<(() => void) | null> {
  const [host] = stage.hosts;
  if (!host) throw new Error('no worker runs');
  if (victim === 'browser') {
    const pids = await browsersOn(host, profileId);
    if (pids.length === 0) return null;
    return () => {
      for (const one of pids) signalTree(one, 'SIGKILL');
    };
  }
  const pid = victim === 'postgres' ? await postgresVictim(stage.postgres, random) : (victim === 'worker' ? host.worker : stage.server).pid;
  return pid ? () => void process.kill(pid, 'SIGKILL') : null;
}
