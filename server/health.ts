import type { Db } from '#sql/database.ts';
import { countLiveHosts } from '#sql/health.ts';
import { readRooms } from '#sql/hibernation.ts';
import type { Handlers } from './handler.ts';

type Check = { ok: boolean; why: string | null };

export const healthHandlers = ({ db, version }: { db: Db; version: string }) =>
  ({
    async readHealth() {
      const { room, ...checks } = await look(db);
      const status = Object.values(checks).every((check) => check.ok) ? 'ok' : 'degraded';
      return { status, version, checks, room };
    },
  }) satisfies Partial<Handlers>;

type Room = { open: number; fits: number; slots: number; isFull: boolean };

async function look(db: Db): Promise<{ database: Check; workers: Check; browsers: Check; room: Room | null }> {
  try {
    const live = await countLiveHosts(db);
    const rooms = await readRooms(db);
    const room = roomOf(rooms);
    return {
      browsers: roomCheck(rooms, room),
      database: { ok: true, why: null },
      workers: { ok: live > 0, why: live > 0 ? null : 'No worker was seen in the last 15 seconds.' },
      room,
    };
  } catch {
    const why = 'The database does not answer.';
    const unknown = { ok: false, why: 'Unknown while the database does not answer.' };
    return { database: { ok: false, why }, workers: unknown, browsers: unknown, room: null };
  }
}

type Rooms = Awaited<ReturnType<typeof readRooms>>;

/** Null while nothing is open: what fits follows from what the open ones take. */
function roomOf(rooms: Rooms): Room | null {
  const sum = (of: (room: Rooms[number]) => number) => rooms.reduce((all, room) => all + of(room), 0);
  const open = sum((room) => room.open);
  if (open === 0) return null;
  return { open, fits: sum((room) => room.fits ?? room.slots), slots: sum((room) => room.slots), isFull: rooms.some((room) => room.why !== null) };
}

/** "12 of about 18 fit"; a worker that starts no more says why and what would help. */
function roomCheck(rooms: Rooms, room: Room | null): Check {
  const refusing = rooms.flatMap(({ why }) => (why ? [why] : []));
  if (refusing.length > 0) return { ok: false, why: refusing.join(' ') };
  if (!room) return { ok: true, why: null };
  const allowed = rooms.reduce((sum, one) => sum + Math.min(one.fits ?? one.slots, one.slots), 0);
  return { ok: true, why: `${room.open} of about ${room.fits} fit${allowed < room.fits ? `; WORKER_SLOTS allows ${allowed}` : ''}.` };
}
