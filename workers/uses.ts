import type { Candidate } from '#sql/lane.ts';

type Booking = { at: Date; isNewContact: boolean; address: string };

/**
 * The uses of an account as one slice of its lane knows them: read from the database when the slice begins, then kept by what the slice itself
 * books. The lease makes that enough, because nobody else sends from the account meanwhile. Times are oldest first, as `decide` wants them.
 */
export type Uses = {
  all: readonly Date[];
  newContacts: readonly Date[];
  /** Somebody who is being written to right now: what that use counts for is not in the database yet. */
  isUnderWay(candidate: Candidate): boolean;
  book(candidate: Candidate, now: Date): void;
  /** From here on these count from the moment of their commit. */
  commit(ids: Iterable<string>, at: Date): void;
  /** Ends bookings: what was not committed has never been a use. Answers how many of those there were. */
  settle(ids: Iterable<string>): number;
};

export function createUses(known: { all: Date[]; newContacts: Date[] }): Uses {
  const { all, newContacts } = known;
  const booked = new Map<string, Booking>();
  const peopleUnderWay = new Map<string, number>();
  const count = (address: string, by: number) => {
    const now = (peopleUnderWay.get(address) ?? 0) + by;
    if (now > 0) peopleUnderWay.set(address, now);
    else peopleUnderWay.delete(address);
  };
  const committed = new Set<string>();
  const drop = ({ at, isNewContact }: Booking) => {
    all.splice(all.lastIndexOf(at), 1);
    if (isNewContact) newContacts.splice(newContacts.lastIndexOf(at), 1);
  };
  const add = ({ at, isNewContact }: Booking) => {
    all.push(at);
    if (isNewContact) newContacts.push(at);
  };
  return {
    all,
    newContacts,
    isUnderWay: (candidate) => peopleUnderWay.has(addressOf(candidate)),
    book(candidate, now) {
      const booking = { at: now, isNewContact: candidate.isNewContact, address: addressOf(candidate) };
      booked.set(candidate.id, booking);
      count(booking.address, 1);
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
        if (booked.delete(id) && booking) count(booking.address, -1);
        committed.delete(id);
      }
      return unused;
    },
  };
}

const addressOf = (candidate: Candidate): string => `${candidate.addressKind} ${candidate.address}`;
