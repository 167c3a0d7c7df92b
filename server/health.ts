import type { Db } from '#sql/database.ts';
import { countLiveHosts } from '#sql/health.ts';
import type { Handlers } from './handler.ts';

type Check = { ok: boolean; why: string | null };

export const healthHandlers = ({ db, version }: { db: Db; version: string }) =>
  ({
    async readHealth() {
      const { database, workers } = await look(db);
      const status = database.ok && workers.ok ? 'ok' : 'degraded';
      return { status, version, checks: { database, workers } };
    },
  }) satisfies Partial<Handlers>;

async function look(db: Db): Promise<{ database: Check; workers: Check }> {
  try {
    const live = await countLiveHosts(db);
    return { database: { ok: true, why: null }, workers: { ok: live > 0, why: live > 0 ? null : 'No worker was seen in the last 15 seconds.' } };
  } catch {
    const why = 'The database does not answer.';
    return { database: { ok: false, why }, workers: { ok: false, why: 'Unknown while the database does not answer.' } };
  }
}
