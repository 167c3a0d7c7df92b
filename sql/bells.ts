import type { Trx } from './database.ts';
import { resetBell, setBell } from './lane.ts';
import type { Queue } from './queue.ts';

/** Rings a lane at `at`, in the transaction that made the work. An earlier bell that stands already is enough. */
export async function ringLane(trx: Trx, queue: Queue, ask: { workspaceId: string; accountId: string; at?: Date }): Promise<void> {
  const at = ask.at ?? new Date();
  if (!(await setBell(trx, ask.accountId, at))) return;
  const isLater = at.getTime() > Date.now() + 200;
  await queue.send('lane', { workspaceId: ask.workspaceId, accountId: ask.accountId }, { trx, ...(isLater ? { startAfter: at } : {}) });
}

/** Rings a lane whose bell was lost with the worker that should have heard it. */
export async function ringSilentLane(trx: Trx, queue: Queue, ask: { workspaceId: string; accountId: string }): Promise<void> {
  await resetBell(trx, ask.accountId, new Date());
  await queue.send('lane', ask, { trx });
}
