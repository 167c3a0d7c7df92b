import { mostInBatch } from '#core/api/batches.ts';
import { beginUndo, readBatch, runBatch, startBatch } from '#sql/batches.ts';
import { matchingIds } from '#sql/conversation-list.ts';
import type { Trx } from '#sql/database.ts';
import type { Handlers } from './handler.ts';
import type { InboxParts } from './inbox.ts';

/** The first slice is done with the request, which for most is all of it; the job does the rest. */
export const batchesHandlers = ({ queue, now }: InboxParts) => {
  const begin = async (trx: Trx, place: { workspaceId: string; batchId: string }) => {
    if (await runBatch(trx, place, now())) await queue.send('batch', place, { trx });
    return readBatch(trx, place.batchId);
  };
  return {
    changeConversations: ({ body: { ids, filter, change }, caller, transaction }) =>
      transaction(async (trx) => {
        const { workspaceId, personId } = caller;
        const which = ids ? { ids } : { filter: { ...filter, personId } };
        const batchId = await startBatch(trx, { workspaceId, personId, which, change }, now());
        return begin(trx, { workspaceId, batchId });
      }),
    countMatching: ({ query, caller, transaction }) =>
      transaction(async (trx) => ({
        conversations: (await matchingIds(trx, { ...query, personId: caller.personId }, mostInBatch + 1)).length,
        most: mostInBatch,
      })),
    readBatch: ({ params, transaction }) => transaction((trx) => readBatch(trx, params.id)),
    undoBatch: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        await beginUndo(trx, params.id);
        return begin(trx, { workspaceId: caller.workspaceId, batchId: params.id });
      }),
  } satisfies Partial<Handlers>;
};
