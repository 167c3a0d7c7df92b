import { z } from 'zod';

/** A file that lies somewhere else: the platform fetches it itself. */
const Link = z.strictObject({
  kind: z.enum(['image', 'video', 'audio', 'document']),
  url: z.url({ protocol: /^https?$/, error: 'is not an address such as https://example.org/picture.png' }).max(2000),
  name: z.string().min(1).max(240).optional(),
});
const value = z.string().min(1).max(1024);

/** Which template, in the words of the platform. */
export const templateKey = {
  name: z.string().regex(/^[a-z0-9_]{1,512}$/, 'holds small letters, digits and _ only'),
  language: z.string().regex(/^[a-z]{2,3}(_[A-Z]{2,4})?$/, 'is not a language such as en_US'),
};

/** A template that the platform has approved, with values for its places. In a template of Patchbay's own they may hold variables. */
export const TemplateOrder = z.strictObject({
  ...templateKey,
  /** The value of a text header, or the file of another; a file of the message itself takes its place. */
  header: z.union([z.strictObject({ text: value }), z.strictObject({ link: Link })]).optional(),
  body: z.array(value).max(30).default([]),
  /** What a button at this place brings back, or what stands at the end of its address. */
  buttons: z
    .array(z.strictObject({ index: z.number().int().min(0).max(9), kind: z.enum(['quick_reply', 'url']), value }))
    .max(10)
    .default([]),
});
export type TemplateOrder = z.output<typeof TemplateOrder>;

const id = z.string().min(1).max(200);
const Row = z.strictObject({ id, title: z.string().min(1).max(24), description: z.string().min(1).max(72).optional() });

/** What a message at a platform has beside its text, or instead of it; at most one of these, and a tag. */
export const PlatformExtras = z
  .strictObject({
    template: TemplateOrder.optional(),
    buttons: z
      .array(z.strictObject({ id, title: z.string().min(1).max(20) }))
      .min(1)
      .max(3)
      .optional(),
    list: z
      .strictObject({
        button: z.string().min(1).max(20),
        sections: z
          .array(z.strictObject({ title: z.string().min(1).max(24), rows: z.array(Row).min(1).max(10) }))
          .min(1)
          .max(10),
      })
      .refine(({ sections }) => sections.flatMap(({ rows }) => rows).length <= 10, 'holds more than ten rows')
      .optional(),
    link: Link.optional(),
    /** A person answers, later than the platform lets programs do. */
    tag: z.literal('HUMAN_AGENT').optional(),
  })
  .refine(({ tag: _, ...one }) => Object.values(one).filter((given) => given !== undefined).length <= 1, 'holds more than one kind of content');
export type PlatformExtras = z.output<typeof PlatformExtras>;

/** The same with each value that may hold variables changed. */
export function changeValues(extras: PlatformExtras, change: (text: string) => string): PlatformExtras {
  const { template } = extras;
  if (!template) return extras;
  const { header } = template;
  return {
    ...extras,
    template: {
      ...template,
      ...(header && 'text' in header && { header: { text: change(header.text) } }),
      body: template.body.map(change),
      buttons: template.buttons.map((button) => ({ ...button, value: change(button.value) })),
    },
  };
}

/** Every value of them that may hold variables. */
export function valuesOf(extras: PlatformExtras): string[] {
  const values: string[] = [];
  changeValues(extras, (text) => {
    values.push(text);
    return text;
  });
  return values;
}
