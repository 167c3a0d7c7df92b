import type { Candidate } from '#sql/lane.ts';
import type { AccountUses } from '#sql/uses.ts';

type Booking = { at: Date; candidate: Candidate };
type Times = Pick<AccountUses, 'account' | 'cold' | 'warm' | 'proxy'>;

/**
 * The uses of an account as one slice of its lane knows them: read from the database when the slice begins, then kept by what the slice itself
 * books. They answer the early question; the commit asks the numbered uses themselves, because other lanes write to the same people and through
 * the same proxy. Times are oldest first, as `decide` wants them.
 */
export type Uses = {
  times: Readonly<Times>;
  /** The number of the newest use. */
  count(): number;
  /** Somebody who is being written to right now: what that use counts for is not in the database yet. */
  isUnderWay(candidate: Candidate): boolean;
  book(candidate: Candidate, now: Date): void;
  /** From here on these count from the moment of their commit. */
  commit(ids: Iterable<string>, at: Date): void;
  /** Ends bookings: what was not committed has never been a use. Answers how many of those there were. */
  settle(ids: Iterable<string>): number;
};

export function createUses(known: Times & { count: number }): Uses {
  const { account, cold, warm, proxy } = known;
  const times = { account, cold, warm, proxy };
  let count = known.count;
  const booked = new Map<string, Booking>();
  const peopleUnderWay = new Map<string, number>();
  const meet = (address: string, by: number) => {
    const now = (peopleUnderWay.get(address) ?? 0) + by;
    if (now > 0) peopleUnderWay.set(address, now);
    else peopleUnderWay.delete(address);
  };
  const committed = new Set<string>();
  // A reply is for somebody who wrote first: it fills neither bucket.
  const listsOf = ({ candidate }: Booking) => [account, proxy, ...(candidate.priority === 0 ? [] : [candidate.isNewContact ? cold : warm])];
  const drop = (booking: Booking) => {
    for (const list of listsOf(booking)) list.splice(list.lastIndexOf(booking.at), 1);
    count -= 1;
  };
  const add = (booking: Booking) => {
    for (const list of listsOf(booking)) list.push(booking.at);
    count += 1;
  };
  return {
    times,
    count: () => count,
    isUnderWay: (candidate) => peopleUnderWay.has(addressOf(candidate)),
    book(candidate, now) {
      const booking = { at: now, candidate };
      booked.set(candidate.id, booking);
      meet(addressOf(candidate), 1);
      add(booking);
    },
    commit(ids, at) {
      for (const id of ids) {
        const booking = booked.get(id);
        if (!booking) continue;
        drop(booking);
        booking.at = at;
        add(booking);
        committed.add(id);
      }
    },
    settle(ids) {
      let unused = 0;
      for (const id of ids) {
        const booking = booked.get(id);
        if (booking && !committed.has(id)) {
          drop(booking);
          unused += 1;
        }
        if (booked.delete(id) && booking) meet(addressOf(booking.candidate), -1);
        committed.delete(id);
      }
      return unused;
    },
  };
}

const addressOf = (candidate: Candidate): string => `${candidate.addressKind} ${candidate.address}`;
