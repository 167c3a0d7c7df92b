import * as sla from '#sql/sla.ts';
import type { Handlers } from './handler.ts';

export const slaHandlers = ({ now }: { now: () => Date }) =>
  ({
    listSlaPolicies: ({ transaction }) => transaction(async (trx) => ({ rows: await sla.listSlaPolicies(trx) })),
    addSlaPolicy: ({ body, caller, transaction }) => transaction((trx) => sla.addSlaPolicy(trx, caller.workspaceId, body)),
    changeSlaPolicy: ({ params, body, transaction }) => transaction((trx) => sla.changeSlaPolicy(trx, params.id, body)),
    async removeSlaPolicy({ params, transaction }) {
      await transaction((trx) => sla.removeSlaPolicy(trx, params.id, now()));
      return null;
    },
    readSlaFigures: ({ query, transaction }) => transaction(async (trx) => ({ rows: await sla.readSlaFigures(trx, query) })),
  }) satisfies Partial<Handlers>;
