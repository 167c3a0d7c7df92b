import { z } from 'zod';
import { isZone } from '../zone.ts';

/** Fields that many nouns share: written once, so that a limit is the same everywhere. */
export const Id = z.uuid();
export const ById = z.strictObject({ id: Id });
export const Name = z.string().trim().min(1).max(80);
export const Instant = z.iso.datetime({ offset: true });
export const Zone = z.string().max(64).refine(isZone, 'is not a time zone, such as Europe/Berlin');
export const Locale = z.string().regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, 'is not a locale, such as en-US');
export const Nothing = z.null();
export const Page = z.strictObject({ cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) });

/** A page of rows; `next` is the cursor of the following page, null on the last. */
export const pageOf = <T extends z.ZodType>(row: T) => z.object({ rows: z.array(row), next: z.string().nullable() });
/** Query strings carry booleans as words. */
export const Flag = z.enum(['true', 'false']).transform((word) => word === 'true');
