/** All pages of a list, up to a ceiling; `next` says whether there is more. */
export async function readPages<T>(
  most: number,
  read: (query: { limit: number; cursor?: string }) => Promise<{ rows: T[]; next: string | null }>,
): Promise<{ rows: T[]; next: string | null }> {
  const rows: T[] = [];
  let next: string | null = null;
  do {
    // The contract gives 200 at most at once.
    const limit = Math.min(200, most - rows.length);
    const page: { rows: T[]; next: string | null } = await read(next === null ? { limit } : { limit, cursor: next });
    rows.push(...page.rows);
    next = page.next;
  } while (next !== null && rows.length < most);
  return { rows, next };
}
