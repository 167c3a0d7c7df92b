import type { AccountKey, FlowRun } from '#browser-profiles/pack-runner.ts';
import { addRun } from '#sql/add-run.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import type { Sealer } from '#sql/sealed.ts';
import { sealTrace } from '#sql/trace.ts';

/** Keeps a run with its trace sealed: pictures show conversations. Looking at the list of unread badges leaves no trace. */
export function createRunKeeper(deps: { db: Db; sealer: Sealer; tell: () => void }): (account: AccountKey, run: FlowRun) => Promise<void> {
  return async (account, run) => {
    if (run.outcome === 'done' && run.flow !== 'read') return;
    const steps = run.steps.map((step) => ({
      name: step.name,
      startedAt: step.startedAt.toISOString(),
      ms: step.ms,
      ok: step.ok,
      why: step.why ?? null,
      tier: step.selectorTier ?? null,
      keyTimes: step.keyTimes ?? null,
      image: step.image?.toString('base64') ?? null,
    }));
    const sealedTrace = sealTrace(deps.sealer, steps);
    await inWorkspace(deps.db, account.workspaceId, (trx) =>
      addRun(trx, {
        workspaceId: account.workspaceId,
        accountId: account.id,
        deliveryId: run.deliveryId,
        flow: run.flow,
        outcome: run.outcome,
        why: run.why,
        startedAt: run.startedAt,
        endedAt: run.endedAt,
        sealedTrace,
      }),
    );
    deps.tell();
  };
}
