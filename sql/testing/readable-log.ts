import { sql } from 'kysely';
import { expect } from 'vitest';
import { type Db, inWorkspace } from '#sql/database.ts';

/** The log is read below the oldest transaction of the whole cluster, and tests of other files write there too. */
export const readableLog = (db: Db, workspaceId: string): Promise<void> =>
  expect
    .poll(
      () =>
        inWorkspace(db, workspaceId, (trx) => sql`select from events where xid >= pg_snapshot_xmin(pg_current_snapshot())`.execute(trx)).then(
          ({ rows }) => rows.length,
        ),
      { timeout: 20_000 },
    )
    .toBe(0);
