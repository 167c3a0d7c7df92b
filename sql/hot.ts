import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';

/** The mark itself, for a statement that is written out once and for all. */
export const hotMark = '/* hot */';
/**
 * Begins a statement that runs for every few messages: each connection plans it once. Such a statement names the columns that it answers,
 * because a plan outlives a migration that adds one, and its text is the same whatever it is given.
 */
export const hot = sql.raw(hotMark);

/** Remembers by name, in each connection, the statements that are marked. */
export class PreparingClient extends pg.Client {
  override query(...args: unknown[]): never {
    const [text, values, ...rest] = args;
    const isHot = typeof text === 'string' && text.startsWith(hotMark) && Array.isArray(values);
    const given = isHot ? [{ name: nameOf(text), text, values }, ...rest] : args;
    // The overloads of the base class cannot be told apart from outside; what comes in goes on.
    return super.query(...(given as Parameters<pg.Client['query']>)) as never;
  }
}

const names = new Map<string, string>();
function nameOf(text: string): string {
  const known = names.get(text);
  if (known) return known;
  const name = createHash('sha256').update(text).digest('hex').slice(0, 24);
  names.set(text, name);
  return name;
}
