import { handOut, teamsWithWork } from '#sql/availability.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { breachTimers, countTimers, dueTimers, uncountedTimers } from '#sql/sla.ts';

type Parts = { db: Db; clock: Clock; tell: () => void };

/** Of one workspace in one transaction. */
const atOnce = 500;

/** Counts when answers are due, and notices which are late. */
export async function watchSlas({ db, clock, tell }: Parts): Promise<void> {
  const uncounted = await uncountedTimers(db, atOnce);
  for (const [workspaceId, timers] of byWorkspace(uncounted)) await countTimers(db, workspaceId, timers);
  const due = await dueTimers(db, clock.now(), atOnce);
  for (const [workspaceId, timers] of byWorkspace(due)) await breachTimers(db, workspaceId, timers, clock.now());
  if (uncounted.length + due.length > 0) tell();
}

/** Hands what is nobody's to members of its team. */
export async function handOutWork({ db, clock, tell }: Parts): Promise<void> {
  let given = 0;
  for (const team of await teamsWithWork(db)) given += await inWorkspace(db, team.workspaceId, (trx) => handOut(trx, team, clock.now()));
  if (given > 0) tell();
}

function byWorkspace(timers: readonly { workspaceId: string; timerId: string }[]): [string, string[]][] {
  return [...Map.groupBy(timers, (one) => one.workspaceId)].map(([workspaceId, group]) => [workspaceId, group.map((one) => one.timerId)]);
}
