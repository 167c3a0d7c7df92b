/**
 * Lets a group of sends share one write: each calls `join` when it is about to commit, or `leave` when it ended before, and once every
 * member has done one of both, `flush` runs for those who joined. So ten mails cost one statement, and no more than the group is committing.
 */
export type Gathering<T> = { join(item: T): Promise<void>; leave(): void };

export function gather<T>(members: number, flush: (items: T[]) => Promise<Set<T>>, refuse: (item: T) => Error): Gathering<T> {
  const waiting: { item: T; resolve: () => void; reject: (error: unknown) => void }[] = [];
  let left = members;
  const arrive = () => {
    left -= 1;
    if (left > 0 || waiting.length === 0) return;
    flush(waiting.map((one) => one.item)).then(
      (passed) => {
        for (const one of waiting) passed.has(one.item) ? one.resolve() : one.reject(refuse(one.item));
      },
      (error: unknown) => {
        for (const one of waiting) one.reject(error);
      },
    );
  };
  return {
    join: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        arrive();
      }),
    leave: arrive,
  };
}
