import { z } from 'zod';
import { PageNote } from '#core/api/profile-log.ts';
import { asFailure } from '#core/failure.ts';
import { may } from '#core/permission.ts';
import { readProfileLog } from '#sql/profile-log.ts';
import { readProfile } from '#sql/profiles.ts';
import { readTraffic } from '#sql/traffic.ts';
import type { Handlers } from './handler.ts';
import type { ProfilePlace } from './profiles.ts';

const Notes = z.array(PageNote);
export type ProfileLogParts = {
  /** Asks the worker that has the browser; throws `no_host` while none has it. */
  pageLog: (place: ProfilePlace, signal: AbortSignal) => Promise<unknown>;
  now: () => Date;
};

export const profileLogHandlers = ({ pageLog, now }: ProfileLogParts) =>
  ({
    readProfileLog: ({ params, query, caller, transaction }) =>
      transaction(async (trx) => {
        await readProfile(trx, params.id, now());
        return readProfileLog(trx, params.id, { ...query, withActs: may(caller.role, 'audit:read') });
      }),
    async readPageLog({ params, caller, transaction, signal }) {
      await transaction((trx) => readProfile(trx, params.id, now()));
      const place = { workspaceId: caller.workspaceId, profileId: params.id };
      const notes = await pageLog(place, signal).catch((error: unknown) => {
        if (asFailure(error).code === 'no_host') return null;
        throw error;
      });
      return notes === null ? { isHere: false, rows: [] } : { isHere: true, rows: Notes.parse(notes) };
    },
    readTraffic: ({ params, transaction }) =>
      transaction(async (trx) => {
        const { goesOut } = await readProfile(trx, params.id, now());
        return { isCounted: goesOut === 'proxy', rows: await readTraffic(trx, params.id) };
      }),
  }) satisfies Partial<Handlers>;
