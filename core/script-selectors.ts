import { z } from 'zod';

/** Names of selectors, flows, fields and inputs. */
export const ScriptName = z.string().regex(/^[a-z][A-Za-z0-9_]{0,39}$/, 'Start with a small letter; letters, digits and _ only');

/**
 * A plain CSS selector, read by the page's own engine. `{{input}}` may stand inside a quoted attribute value and is escaped there.
 * Playwright's other engines (text=, xpath, >>) are not part of the language.
 */
export const Css = z
  .string()
  .min(1)
  .max(400)
  .refine((css) => !/>>|^[a-z-]+=|^\/\//.test(css) || /^\[/.test(css), 'Only plain CSS is understood');

/** A regular expression. It runs in the page, never in Patchbay's own process, so a slow one can only stop its own page. */
export const Pattern = z.string().min(1).max(200).refine(compiles, 'Not a regular expression');

function compiles(source: string): boolean {
  try {
    return Boolean(new RegExp(source, 'u'));
  } catch {
    return false;
  }
}

/**
 * `.part@name` reads an attribute of a part, `@name` one of the item itself, `.part` its text, `.` the item's own text,
 * `localStorage:key` what the page keeps under that key (such as whose account it is), and `location:hash` the end of its address.
 */
const Source = z.string().min(1).max(400);
const some = <T extends z.ZodType>(one: T) =>
  z.union([one, z.array(one).min(1).max(12)]).transform((value): z.output<T>[] => (Array.isArray(value) ? value : [value]) as z.output<T>[]);

/** Looks into the page's own storage for one value; only whether it equals `equals` (or exists) leaves the page. */
export const Stored = z.strictObject({
  where: z.enum(['localStorage', 'sessionStorage', 'indexedDB']),
  /** The database, for indexedDB; every object store of it is searched. */
  database: z.string().max(100).optional(),
  /** Parts that the key must contain, in this order; `{{@id}}` stands for the field `id` of the item. */
  key: z.array(z.string().min(1).max(200)).min(1).max(4),
  /** Path into a JSON value. */
  path: z.string().max(100).optional(),
  equals: z.union([z.string(), z.number(), z.boolean()]).optional(),
});

/** All claims of one case must hold. `is` is what the field then says. */
export const Case = z.strictObject({
  is: z.string().min(1).max(40),
  has: some(Css).optional(),
  hasNot: some(Css).optional(),
  /** The title of an SVG inside the item, or its data-icon. */
  icon: Pattern.optional(),
  /** The colour of that icon: grey has nearly equal channels, blue clearly more blue than red. */
  tint: z.enum(['grey', 'blue']).optional(),
  /** A text of the locale pack that an aria-label inside the item equals. */
  label: ScriptName.optional(),
  /** On which side of the middle of the closest `of` the item's content lies. */
  side: z.strictObject({ of: Css, content: Css, at: z.enum(['left', 'right']) }).optional(),
  stored: Stored.optional(),
});

const FullField = z.strictObject({
  from: some(Source).optional(),
  /** Parts whose text does not count, such as a quoted message. */
  without: some(Css).optional(),
  /** The first group (or the whole match) is kept; no match means no value. */
  match: Pattern.optional(),
  as: z.enum(['text', 'plain', 'digits', 'phone', 'count', 'iso', 'epochSeconds', 'epochMillis', 'stamp']).default('text'),
  map: z.record(z.string(), z.string()).optional(),
  cases: z.array(Case).max(12).optional(),
  else: z.string().max(40).optional(),
});
/** How one value is read from an item: a source, or sources with rules, or cases. */
export const Field = z.union([
  Source.transform((from) => FullField.parse({ from })),
  FullField.refine((field) => field.from || field.cases, 'A field needs "from" or "cases"'),
]);
export type Field = z.output<typeof Field>;

const FullTier = z.strictObject({
  css: Css,
  /** A text of the locale pack that the element's text contains. Tiers with texts belong at the end of the list. */
  text: ScriptName.optional(),
  /** The same for its aria-label, exactly. */
  label: ScriptName.optional(),
  /** A text that some aria-label inside the element contains, such as "3 unread messages" in a row. */
  holds: ScriptName.optional(),
  /** Height in CSS pixels from which it counts as shown (an empty banner may be 0 px high). */
  minHeight: z.number().optional(),
});
const Tier = z.union([Css.transform((css) => FullTier.parse({ css })), FullTier]);
export type Tier = z.output<typeof Tier>;

const FullSelector = z.strictObject({
  any: z.array(Tier).min(1).max(8),
  /** The selector inside which this one is looked for. */
  in: ScriptName.optional(),
  /** May be missing on a healthy page; the doctor does not complain. */
  optional: z.boolean().default(false),
  /** Counts also when it is not visible (file inputs, attributes). */
  unseen: z.boolean().default(false),
  /** Items come as they are drawn, from top to bottom, where their order in the page is another. */
  order: z.literal('drawn').optional(),
  /** Items that show only a placeholder until they are scrolled into view. */
  placeholder: Css.optional(),
  fields: z.record(ScriptName, Field).optional(),
});
/** Tiers: the first one that finds something wins. A list alone is short for `any`. */
export const Selector = z.union([
  z
    .array(Tier)
    .min(1)
    .max(8)
    .transform((any) => FullSelector.parse({ any: any.map((tier) => ({ ...tier })) })),
  FullSelector,
]);
export type Selector = z.output<typeof Selector>;
