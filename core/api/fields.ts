import { z } from 'zod';
import { PaceSettings } from '#core/pace.ts';
import { isZone } from '#core/zone.ts';

/** Fields that many nouns share: written once, so that a limit is the same everywhere. */
export const Id = z.uuid();
export const ById = z.strictObject({ id: Id });
/** A name as it is seen, at most so many letters long: one of which nothing can be seen is empty. */
export const nameUpTo = (most: number) => z.string().overwrite(seen).max(most);
export const Name = nameUpTo(80).min(1);
export const Instant = z.iso.datetime({ offset: true });
export const Zone = z.string().max(64).refine(isZone, 'is not a time zone, such as Europe/Berlin');
export const Locale = z.string().regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, 'is not a locale, such as en-US');
export const Nothing = z.null();
export const Page = z.strictObject({ cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) });

/** A page of rows; `next` is the cursor of the following page, null on the last. */
export const pageOf = <T extends z.ZodType>(row: T) => z.object({ rows: z.array(row), next: z.string().nullable() });
/** Query strings carry booleans as words. */
export const Flag = z.enum(['true', 'false']).transform((word) => word === 'true');

type WithoutDefault<T> = T extends z.ZodDefault<infer Inner> ? Inner : T;
type Changes<S extends z.ZodRawShape> = z.ZodObject<{ [K in keyof S]: z.ZodOptional<WithoutDefault<S[K]> & z.ZodType> }, z.core.$strict>;
/**
 * The same fields for a PATCH: each may be left out, and then stays as it is. Not `partial()`: zod fills a default also inside an
 * optional (measured on 4.6), so renaming a profile would have taken its proxy away.
 */
export function changesOf<S extends z.ZodRawShape>(fields: z.ZodObject<S>): Changes<S> {
  const entries = Object.entries(fields.shape).map(([name, field]) => [name, z.optional(field instanceof z.ZodDefault ? field.unwrap() : field)]);
  // The type above says for each field what the line above does with it.
  return z.strictObject(Object.fromEntries(entries)) as unknown as Changes<S>;
}

/** The part of the pace that an account or a workspace sets for itself. */
export const OwnPace = changesOf(PaceSettings);

/** Words of their own choice that people find profiles by; a repeated one counts once. */
export const Tags = z
  .array(z.string().trim().min(1).max(30))
  .max(20)
  .transform((tags) => [...new Set(tags)]);

/** Signs with nothing to see, such as zero-width spaces, marks of direction and the fillers of Hangul and Braille. */
const isUnseen = (sign: string): boolean => /[\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/u.test(sign);
/** Those that are cut off both ends; others belong to the sign beside them, as the joiners and selectors of emoji do. */
const isBlank = (sign: string): boolean => /[\s\p{Cc}\u00ad\u200b\u2060]/u.test(sign);

/** Not one regular expression for both ends: it would look to the end of the text from each blank in it. */
function seen(text: string): string {
  const signs = [...text];
  if (signs.every(isUnseen)) return '';
  const isShown = (sign: string) => !isBlank(sign);
  return signs.slice(signs.findIndex(isShown), signs.findLastIndex(isShown) + 1).join('');
}
