import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { Failure } from '#core/failure.ts';

export type PageAsk = { cursor?: string | undefined; limit: number };

/** The cursor of a page is the sort key of its last row, opaque to whoever passes it on. */
export function writeCursor(key: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** The sort key again, or null on the first page. Throws `invalid_input` for a cursor that this list did not make. */
export function readCursor<T extends z.ZodType>(cursor: string | undefined, key: T): z.output<T> | null {
  if (cursor === undefined) return null;
  const read = key.safeParse(fromJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (read.success) return read.data;
  const sentence = 'is not a cursor of this list';
  throw new Failure('invalid_input', `cursor ${sentence}.`, { fields: { cursor: sentence } });
}

/** Splits one row too many into a page and the cursor of the next. Ask the database for `limit + 1` rows. */
export function pageOfRows<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => readonly (string | number | null)[],
): { rows: Row[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last ? writeCursor(keyOf(last)) : null };
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An instant as a sort key. With microseconds: a Date would cut them off, and the next page would skip rows of the same millisecond. */
export function moment(column: string): RawBuilder<string> {
  return sql<string>`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
export const Moment = z.iso.datetime();
