import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';

export type NewRun = {
  workspaceId: string;
  accountId: string;
  deliveryId: string | null;
  flow: string;
  outcome: string;
  why: string | null;
  startedAt: Date;
  endedAt: Date;
  sealedTrace: Buffer;
};

/** Keeps a script run with its sealed trace. */
export async function addRun(trx: Trx, run: NewRun): Promise<string> {
  const { id } = await trx
    .insertInto('runs')
    .values({
      workspace_id: run.workspaceId,
      account_id: run.accountId,
      delivery_id: run.deliveryId,
      flow: run.flow,
      outcome: run.outcome,
      why: run.why,
      started_at: run.startedAt,
      ended_at: run.endedAt,
      sealed_trace: run.sealedTrace,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await recordEvent(trx, run.workspaceId, { kind: 'run_added', runId: id, accountId: run.accountId, deliveryId: run.deliveryId });
  return id;
}
