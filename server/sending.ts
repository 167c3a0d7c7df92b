import type { Queue } from '#sql/queue.ts';
import { adoptDatabase, readSending, resumeSending, stopSending } from '#sql/sending.ts';
import type { Handlers } from './handler.ts';

export const sendingHandlers = ({ queue, now }: { queue: Queue; now: () => Date }) =>
  ({
    readSending: ({ transaction }) => transaction(readSending),
    stopSending: ({ body, caller, transaction }) =>
      transaction(async (trx) => {
        await stopSending(trx, { workspaceId: caller.workspaceId, personId: caller.personId, why: body.why, now: now() });
        return readSending(trx);
      }),
    resumeSending: ({ caller, transaction }) =>
      transaction(async (trx) => {
        await resumeSending(trx, queue, caller.workspaceId);
        return readSending(trx);
      }),
    adoptDatabase: ({ caller, transaction }) =>
      transaction(async (trx) => {
        await adoptDatabase(trx, queue, caller.workspaceId);
        return readSending(trx);
      }),
  }) satisfies Partial<Handlers>;
