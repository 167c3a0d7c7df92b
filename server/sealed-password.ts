import type { Sealer } from '#sql/sealed.ts';

/** The given fields with the password sealed: left out it stays as it is, null or empty takes it away. */
export function withSealedPassword<T extends { password?: string | null }>(
  sealer: Sealer,
  fields: T,
): Omit<T, 'password'> & { sealedPassword?: Buffer | null } {
  const { password, ...others } = fields;
  if (password === undefined) return others;
  return { ...others, sealedPassword: password ? sealer.seal(password) : null };
}
