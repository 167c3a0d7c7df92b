import { z } from 'zod';
import { PageNote } from '#core/api/page-log.ts';
import { asFailure } from '#core/failure.ts';
import { readProfile } from '#sql/profiles.ts';
import type { Handlers } from './handler.ts';
import type { ProfilePlace } from './profiles.ts';

const Notes = z.array(PageNote);
export type PageLogParts = {
  /** Asks the worker that has the browser; throws `no_host` while none has it. */
  pageLog: (place: ProfilePlace, of: 'log' | 'network', signal: AbortSignal) => Promise<unknown>;
  now: () => Date;
};

export const pageLogHandlers = ({ pageLog, now }: PageLogParts) =>
  ({
    async readPageLog({ params, query, caller, transaction, signal }) {
      await transaction((trx) => readProfile(trx, params.id, now()));
      const place = { workspaceId: caller.workspaceId, profileId: params.id };
      const notes = await pageLog(place, query.of, signal).catch((error: unknown) => {
        if (asFailure(error).code === 'no_host') return null;
        throw error;
      });
      return notes === null ? { isHere: false, rows: [] } : { isHere: true, rows: Notes.parse(notes) };
    },
  }) satisfies Partial<Handlers>;
