import { listAvailability, setAvailability } from '#sql/availability.ts';
import type { Handlers } from './handler.ts';

export const availabilityHandlers = () =>
  ({
    listAvailability: ({ transaction }) => transaction(async (trx) => ({ rows: await listAvailability(trx) })),
    setAway: ({ body, caller, transaction }) => transaction((trx) => setAvailability(trx, caller, body)),
    setCapacity: ({ params, body, caller, transaction }) =>
      transaction((trx) => setAvailability(trx, { workspaceId: caller.workspaceId, personId: params.id }, body)),
  }) satisfies Partial<Handlers>;
