import { sql } from 'kysely';
import type { Db } from './database.ts';

/** The database's clock: all hosts agree on it. Its distance from ours is measured again with each `settle`. */
export type Clock = { now(): Date; settle(): Promise<void> };

export function databaseClock(db: Db): Clock {
  let offsetMs = 0;
  return {
    now: () => new Date(Date.now() + offsetMs),
    async settle() {
      const before = Date.now();
      const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
      const middle = (before + Date.now()) / 2;
      offsetMs = rows[0] ? rows[0].now.getTime() - middle : 0;
    },
  };
}
