import { z } from 'zod';

/**
 * Readers that take a platform at no word: whatever is missing or of another type is null, and never costs what stands beside it. An empty
 * text says nothing either (a number that is hidden comes as ""); zero does.
 */
export const Text = z.string().min(1).nullable().catch(null);
/** Ids are opaque texts, also where they come as numbers. */
export const Id = z
  .union([z.string().min(1), z.number().transform(String)])
  .nullable()
  .catch(null);
export const Count = z.number().nullable().catch(null);
/** Numbers that some senders put into quotes. */
export const Code = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d+$/)
      .transform(Number),
  ])
  .nullable()
  .catch(null);
export const Flag = z.boolean().nullable().catch(null);

/** An object of such readers; anything else is null. Unknown keys are dropped: the raw body is kept. */
export const part = <S extends z.ZodRawShape>(shape: S) => z.object(shape).nullable().catch(null);

/** A list, whatever stands there: one thing is a list of one, and nothing (also an empty object) is an empty list. */
export const Many = z
  .unknown()
  .optional()
  .transform((value): unknown[] => {
    if (Array.isArray(value)) return value;
    if (value === undefined || value === null || value === '') return [];
    return isEmptyObject(value) ? [] : [value];
  });

/** The readable ones of a list. */
export const listOf = <T extends z.ZodType>(item: T) =>
  Many.transform((values) => values.map((value) => item.parse(value)).filter((value): value is NonNullable<z.output<T>> => value !== null));

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function isEmptyObject(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

/** Platforms write seconds and milliseconds, as numbers and as texts, and ISO dates with and without a colon in the zone. */
const secondsEndAt = 1e11;

/** ISO in UTC; null where it is no time. */
export function toInstant(value: unknown): string | null {
  if (typeof value === 'number') return ofNumber(value);
  if (typeof value !== 'string') return null;
  if (/^\d+(\.\d+)?$/.test(value)) return ofNumber(Number(value));
  if (!/^\d{4}-\d\d-\d\d/.test(value)) return null;
  const colon = value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
  const zoned = /T.*(Z|[+-]\d\d:\d\d)$/i.test(colon) || !colon.includes('T') ? colon : `${colon}Z`;
  return ofDate(new Date(zoned));
}

function ofNumber(value: number): string | null {
  return value >= 0 ? ofDate(new Date(value < secondsEndAt ? value * 1000 : value)) : null;
}

function ofDate(date: Date): string | null {
  // Beyond the year 9999 a date is no ISO text that others read.
  return Number.isNaN(date.getTime()) || date.getTime() > 253_402_300_799_999 ? null : date.toISOString();
}

/** The time of an event, or else of its entry. */
export const timeOf = (own: unknown, entry: unknown): string | null => toInstant(own === undefined || own === null || own === '' ? entry : own);
