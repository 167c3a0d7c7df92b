export type Lines = {
  readonly size: number;
  /** Nothing where this line is busy. Work deals with its own failures. */
  begin: (key: string, work: () => Promise<void>) => void;
  /** Ends when nothing is under way. */
  settled: () => Promise<void>;
};

/** Each has a line of its own, with one piece of work at a time: one that is slow holds up no other. */
export function createLines(): Lines {
  const under = new Map<string, Promise<void>>();
  return {
    get size() {
      return under.size;
    },
    begin(key, work) {
      if (!under.has(key))
        under.set(
          key,
          work().finally(() => under.delete(key)),
        );
    },
    async settled() {
      while (under.size > 0) await Promise.all(under.values());
    },
  };
}
