import { listAccounts, pauseAccount, readAccount, resumeAccount } from '#sql/accounts.ts';
import { ringLane } from '#sql/bells.ts';
import type { Queue } from '#sql/queue.ts';
import type { Handlers } from './handler.ts';

/** Everything that sends, whatever its channel. */
export const accountsHandlers = ({ queue, now }: { queue: Queue; now: () => Date }) =>
  ({
    listAccounts: ({ transaction }) => transaction(async (trx) => ({ rows: await listAccounts(trx, now()) })),
    pauseAccount: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        await readAccount(trx, params.id, now());
        await pauseAccount(trx, { workspaceId: caller.workspaceId, accountId: params.id, reason: 'paused by a person', now: now() });
        return readAccount(trx, params.id, now());
      }),
    resumeAccount: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        await readAccount(trx, params.id, now());
        await resumeAccount(trx, { workspaceId: caller.workspaceId, accountId: params.id });
        await ringLane(trx, queue, { workspaceId: caller.workspaceId, accountId: params.id });
        return readAccount(trx, params.id, now());
      }),
  }) satisfies Partial<Handlers>;
