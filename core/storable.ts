/** Postgres keeps neither the character NUL nor half of a surrogate pair: the first goes, the second becomes the sign for "unreadable". */
export function storable<T>(value: T): T {
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed() as typeof value;
  if (Array.isArray(value)) return value.map(storable) as typeof value;
  if (typeof value !== 'object' || value === null) return value;
  // The same shape with other texts in it.
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [storable(key), storable(one)])) as typeof value;
}
