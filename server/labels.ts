import * as labels from '#sql/labels.ts';
import type { Handlers } from './handler.ts';

export const labelsHandlers = () =>
  ({
    listLabels: ({ transaction }) => transaction(async (trx) => ({ rows: await labels.listLabels(trx) })),
    addLabel: ({ body, caller, transaction }) => transaction((trx) => labels.addLabel(trx, caller.workspaceId, body)),
    changeLabel: ({ params, body, caller, transaction }) =>
      transaction((trx) => labels.changeLabel(trx, { workspaceId: caller.workspaceId, labelId: params.id }, body)),
    async removeLabel({ params, caller, transaction }) {
      await transaction((trx) => labels.removeLabel(trx, { workspaceId: caller.workspaceId, labelId: params.id }));
      return null;
    },
  }) satisfies Partial<Handlers>;
