import pg from 'pg';

/** The constraint that a change broke, when it broke one that keeps values unique. */
export function brokenUnique(error: unknown): string | null {
  return error instanceof pg.DatabaseError && error.code === '23505' ? (error.constraint ?? '') : null;
}

/** The constraint that a change broke, when a row is still referred to. */
export function brokenReference(error: unknown): string | null {
  return error instanceof pg.DatabaseError && (error.code === '23503' || error.code === '23001') ? (error.constraint ?? '') : null;
}
