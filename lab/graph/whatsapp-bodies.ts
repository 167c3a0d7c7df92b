import { z } from 'zod';
import { GraphError } from './errors.ts';

const Id = z.string().min(1);
/** A file that was uploaded, or one that lies somewhere; never both. */
const File = z
  .looseObject({
    id: Id.optional(),
    link: z.url({ protocol: /^https?$/ }).optional(),
    caption: z.string().max(1024).optional(),
    filename: z.string().optional(),
  })
  .refine(({ id, link }) => (id === undefined) !== (link === undefined), 'Either id or link must be given');
const Reply = z.looseObject({ type: z.literal('reply'), reply: z.looseObject({ id: z.string().min(1).max(256), title: z.string().min(1).max(20) }) });
const Row = z.looseObject({ id: z.string().min(1).max(200), title: z.string().min(1).max(24), description: z.string().max(72).optional() });
const body = z.looseObject({ text: z.string().min(1).max(1024) });
const Interactive = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('button'), body, action: z.looseObject({ buttons: z.array(Reply).min(1).max(3) }) }),
  z.looseObject({
    type: z.literal('list'),
    body: z.looseObject({ text: z.string().min(1).max(4096) }),
    action: z
      .looseObject({
        button: z.string().min(1).max(20),
        sections: z
          .array(z.looseObject({ title: z.string().max(24).optional(), rows: z.array(Row).min(1) }))
          .min(1)
          .max(10),
      })
      .refine(({ sections }) => sections.flatMap((one) => one.rows).length <= 10, 'Total row count exceed max allowed count: 10'),
  }),
  z.looseObject({
    type: z.literal('cta_url'),
    body,
    action: z.looseObject({ parameters: z.looseObject({ url: z.string(), display_text: z.string().max(20) }) }),
  }),
]);
const Parameter = z.looseObject({ type: z.string() });
export const TemplateOrder = z.looseObject({
  name: Id,
  language: z.looseObject({ code: Id, policy: z.literal('deterministic').optional() }),
  components: z.array(z.looseObject({ type: z.string(), parameters: z.array(Parameter).optional() })).default([]),
});

const contents = {
  text: z.looseObject({ body: z.string().min(1).max(4096), preview_url: z.boolean().optional() }),
  image: File,
  audio: File,
  video: File,
  document: File,
  sticker: File,
  location: z.looseObject({ latitude: z.coerce.number(), longitude: z.coerce.number() }),
  contacts: z.array(z.looseObject({ name: z.looseObject({ formatted_name: z.string() }) })).min(1),
  interactive: Interactive,
  reaction: z.looseObject({ message_id: Id, emoji: z.string() }),
  template: TemplateOrder,
} as const;
export type Kind = keyof typeof contents;

const Sent = z.looseObject({
  messaging_product: z.literal('whatsapp'),
  recipient_type: z.enum(['individual', 'group']).optional(),
  to: z.string().optional(),
  recipient: z.string().optional(),
  type: z.string().default('text'),
  context: z.looseObject({ message_id: Id }).optional(),
  biz_opaque_callback_data: z.string().max(512).optional(),
});
const Seen = z.strictObject({
  messaging_product: z.literal('whatsapp'),
  status: z.literal('read'),
  message_id: Id,
  typing_indicator: z.looseObject({ type: z.literal('text') }).optional(),
});

export type SendOrder = z.output<typeof Sent> & { kind: Kind; content: Record<string, unknown> };
export type Order = { is: 'send'; order: SendOrder } | { is: 'seen'; messageId: string; types: boolean };

/** What a call to `/messages` asks for, or the error that Meta answers. */
export function readOrder(given: unknown): Order {
  if (typeof given === 'object' && given !== null && 'status' in given) {
    const { message_id: messageId, typing_indicator: typing } = parsed(Seen, given, 'message');
    return { is: 'seen', messageId, types: typing !== undefined };
  }
  const sent = parsed(Sent, given, 'message');
  if (!sent.to && !sent.recipient) throw new GraphError(100, { message: 'The parameter to is required.', details: 'The parameter to is required.' });
  if (!Object.hasOwn(contents, sent.type)) throw new GraphError(131051, { details: `Message type ${sent.type} is not currently supported.` });
  const kind = sent.type as Kind; // `contents` has it.
  if (sent[kind] === undefined) throw new GraphError(131008, { details: `The parameter ${kind} is required.` });
  // A list of contacts is an object too; everybody reads it by its kind.
  return { is: 'send', order: { ...sent, kind, content: parsed<unknown>(contents[kind], sent[kind], kind) as Record<string, unknown> } };
}

function parsed<T>(schema: z.ZodType<T>, given: unknown, name: string): T {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const place = [name, ...(issue?.path ?? [])].join('.');
  const isMissing = issue?.code === 'invalid_type' && issue.message.includes('undefined');
  throw new GraphError(isMissing ? 131008 : 131009, { details: `${place}: ${issue?.message ?? 'is not right'}` });
}

/** What a person reads of a message. */
export function textOfOrder({ kind, content }: Pick<SendOrder, 'kind' | 'content'>): string {
  if (kind === 'text') return String(content.body);
  if (kind === 'reaction') return String(content.emoji);
  if (kind === 'interactive') return String((content.body as { text?: string } | undefined)?.text ?? ''); // Checked by `Interactive`.
  if (kind === 'template') return `[${String(content.name)}]`;
  return typeof content.caption === 'string' ? content.caption : `[${kind}]`;
}
