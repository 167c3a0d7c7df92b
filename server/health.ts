import type { Db } from '#sql/database.ts';
import { countLiveHosts } from '#sql/health.ts';
import { readRooms } from '#sql/hibernation.ts';
import type { Handlers } from './handler.ts';

type Check = { ok: boolean; why: string | null };

export const healthHandlers = ({ db, version }: { db: Db; version: string }) =>
  ({
    async readHealth() {
      const checks = await look(db);
      const status = Object.values(checks).every((check) => check.ok) ? 'ok' : 'degraded';
      return { status, version, checks };
    },
  }) satisfies Partial<Handlers>;

async function look(db: Db): Promise<{ database: Check; workers: Check; browsers: Check }> {
  try {
    const live = await countLiveHosts(db);
    const browsers = roomOf(await readRooms(db));
    return {
      browsers,
      database: { ok: true, why: null },
      workers: { ok: live > 0, why: live > 0 ? null : 'No worker was seen in the last 15 seconds.' },
    };
  } catch {
    const why = 'The database does not answer.';
    const unknown = { ok: false, why: 'Unknown while the database does not answer.' };
    return { database: { ok: false, why }, workers: unknown, browsers: unknown };
  }
}

/** "12 of about 18 fit"; a worker that starts no more says why and what would help. */
function roomOf(rooms: Awaited<ReturnType<typeof readRooms>>): Check {
  const refusing = rooms.flatMap((room) => (room.why ? [room.why] : []));
  if (refusing.length > 0) return { ok: false, why: refusing.join(' ') };
  const open = rooms.reduce((sum, room) => sum + room.open, 0);
  if (open === 0) return { ok: true, why: null };
  const fits = rooms.reduce((sum, room) => sum + Math.min(room.fits ?? room.slots, room.slots), 0);
  const memory = rooms.reduce((sum, room) => sum + (room.fits ?? room.slots), 0);
  return { ok: true, why: `${open} of about ${memory} fit${fits < memory ? `; WORKER_SLOTS allows ${fits}` : ''}.` };
}
