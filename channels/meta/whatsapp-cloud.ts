import { z } from 'zod';
import type { Channel, Media, Outgoing } from '#core/channel.ts';
import type { PlatformExtras, TemplateOrder } from '#core/platform-extras.ts';
import { createMetaChannel, type Dialect, fileOf, type MetaParts } from './meta-channel.ts';

const Sent = z.object({
  messages: z.tuple([z.object({ id: z.string().min(1) })], z.unknown()),
  contacts: z.tuple([z.object({ wa_id: z.string().optional() })], z.unknown()).optional(),
});
const Uploaded = z.object({ id: z.coerce.string().min(1) });

const dialect: Dialect = {
  channel: 'whatsapp-cloud',
  addressedBy: 'phone',
  bodyOf: (message, fileId) => ({
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    // Who hides the number is written to by the id that the business has for them.
    ...(message.to.kind === 'phone' ? { to: message.to.value } : { recipient: message.to.value }),
    ...contentOf(message, fileId),
    ...(message.quoted && { context: { message_id: message.quoted } }),
    // Comes back with each status: it settles a send whose answer never came.
    biz_opaque_callback_data: message.deliveryId,
  }),
  uploadOf(media) {
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('type', media.mimeType);
    form.set('file', fileOf(media), media.name);
    return { path: 'media', form };
  },
  readUpload: (answer) => Uploaded.parse(answer).id,
  readSent(answer, { to }) {
    const { messages, contacts } = Sent.parse(answer);
    return { platformId: messages[0].id, conversation: contacts?.[0].wa_id || to.value.replace(/^\+/, '') };
  },
};

export const createWhatsAppCloudChannel = (parts: MetaParts): Channel => createMetaChannel(parts, dialect);

function contentOf({ text, media, extras = {} }: Outgoing, fileId: string | null): object {
  if (extras.template)
    return { type: 'template', template: templateOf(extras.template, media && fileId ? { kind: kindOf(media), id: fileId } : null) };
  if (extras.buttons || extras.list) return { type: 'interactive', interactive: choicesOf(text, extras) };
  if (extras.link) {
    const { kind, url, name } = extras.link;
    return fileContent(kind, { link: url, caption: text, name });
  }
  if (media && fileId) return fileContent(kindOf(media), { id: fileId, caption: text, name: media.name });
  return { type: 'text', text: { body: text, preview_url: /https?:\/\//.test(text) } };
}

/** What WhatsApp plays as a voice or music; other sounds go as documents. */
const sounds = ['audio/aac', 'audio/mp4', 'audio/mpeg', 'audio/amr', 'audio/ogg'];
const kindOf = ({ kind, mimeType }: Media) => (sounds.includes(mimeType) ? 'audio' : kind);
type FileKind = ReturnType<typeof kindOf>;

function fileContent(
  kind: FileKind,
  { caption, name, ...place }: { id?: string; link?: string; caption: string; name?: string | undefined },
): object {
  const file = {
    ...place,
    // A sound takes no words.
    ...(caption && kind !== 'audio' && { caption }),
    ...(name && kind === 'document' && { filename: name }),
  };
  return { type: kind, [kind]: file };
}

function choicesOf(text: string, { buttons, list }: PlatformExtras): object {
  if (list) return { type: 'list', body: { text }, action: list };
  return { type: 'button', body: { text }, action: { buttons: (buttons ?? []).map((reply) => ({ type: 'reply', reply })) } };
}

function templateOf({ name, language, header, body, buttons }: TemplateOrder, file: { kind: FileKind; id: string } | null): object {
  const head = headOf(header, file);
  const components = [
    ...(head.length > 0 ? [{ type: 'header', parameters: head }] : []),
    ...(body.length > 0 ? [{ type: 'body', parameters: texts(body) }] : []),
    ...buttons.map(({ index, kind, value }) => ({
      type: 'button',
      sub_type: kind,
      index: String(index),
      parameters: [kind === 'url' ? { type: 'text', text: value } : { type: 'payload', payload: value }],
    })),
  ];
  return { name, language: { policy: 'deterministic', code: language }, ...(components.length > 0 && { components }) };
}

const texts = (all: readonly string[]): object[] => all.map((text) => ({ type: 'text', text }));

/** A file of the message itself, one that lies elsewhere, or a text. */
function headOf(header: TemplateOrder['header'], file: { kind: FileKind; id: string } | null): object[] {
  if (file) return [{ type: file.kind, [file.kind]: { id: file.id } }];
  if (!header) return [];
  if ('text' in header) return texts([header.text]);
  const { kind, url, name } = header.link;
  return [{ type: kind, [kind]: { link: url, ...(name && kind === 'document' && { filename: name }) } }];
}
