import type { z } from 'zod';
import type { Content, ContentType, MediaRef } from '#core/platform-event.ts';
import type { Said } from './whatsapp-shapes.ts';

type Media = z.output<typeof MediaRef>;
type File = NonNullable<Said['image']>;

/** The kinds whose content stands under their own name, and under which type we keep them. */
const ownContent = {
  text: 'text',
  image: 'image',
  audio: 'audio',
  voice: 'audio',
  video: 'video',
  document: 'document',
  sticker: 'sticker',
  location: 'location',
  contacts: 'contacts',
  interactive: 'interactive',
  button: 'button',
  order: 'order',
  template: 'template',
} as const satisfies Record<string, ContentType>;
type Own = keyof typeof ownContent;

/** What a message says. One whose content is missing, or of a kind that we do not know, is there and unsupported. */
export function contentOf(said: Said): Content {
  const errors = said.errors.flatMap((fault) => (fault.code === null ? [] : [fault.code]));
  const name = nameOf(said);
  const content = name === null ? null : read(name, said);
  return {
    ...(content ?? { type: 'unsupported', text: null, ...(said.type ? { rawType: said.unsupported?.type ?? said.type } : {}) }),
    ...(errors.length > 0 ? { errors } : {}),
  };
}

/** The type that it says, when its content is there; a message that says none is what its content is. */
function nameOf(said: Said): Own | null {
  const isOwn = (name: string): name is Own => Object.hasOwn(ownContent, name);
  if (said.type !== null) return isOwn(said.type) && said[said.type] !== null ? said.type : null;
  const names = Object.keys(ownContent).filter(isOwn);
  return names.find((name) => said[name] !== null) ?? null;
}

function read(name: Own, said: Said): Content {
  const type = ownContent[name];
  switch (name) {
    case 'text':
      return { type, text: said.text?.body ?? null };
    case 'image':
    case 'audio':
    case 'video':
    case 'document':
    case 'sticker':
      return ofFile(type, said[name]);
    case 'voice':
      return ofFile(type, said.voice && { ...said.voice, voice: true });
    case 'location':
      return { type, text: null, ...ofLocation(said.location) };
    case 'contacts':
      return { type, text: null, sharedContacts: ofContacts(said.contacts) };
    case 'interactive':
      return { type, ...ofInteractive(said.interactive) };
    case 'button':
      return { type, text: said.button?.text ?? null, ...(said.button?.payload ? { payload: said.button.payload } : {}) };
    case 'order':
      return { type, text: said.order?.text ?? null, orderItems: said.order?.product_items.length ?? 0 };
    case 'template':
      return { type, text: null };
  }
}

function ofFile(type: ContentType, file: File | null): Content {
  if (!file) return { type, text: null };
  const media: Media = {
    id: file.id,
    mime: file.mime_type,
    ...(file.url ? { url: file.url } : {}),
    ...(file.filename ? { filename: file.filename } : {}),
    ...(file.sha256 ? { sha256: file.sha256 } : {}),
    ...(file.voice === null ? {} : { voice: file.voice }),
    ...(file.animated === null ? {} : { animated: file.animated }),
  };
  return { type, text: file.caption, media };
}

function ofLocation(place: Said['location']): Pick<Content, 'location'> {
  if (!place) return {};
  const { latitude, longitude, name, address } = place;
  return { location: { latitude, longitude, ...(name ? { name } : {}), ...(address ? { address } : {}) } };
}

/** Names as their sender has written them; a card without one is its first number. */
function ofContacts(cards: Said['contacts']): string[] {
  return (cards ?? []).flatMap((card) => {
    const parts = [card?.name?.first_name, card?.name?.last_name].filter(Boolean).join(' ');
    const name = card?.name?.formatted_name ?? (parts || card?.phones[0]?.phone);
    return name ? [name] : [];
  });
}

function ofInteractive(interactive: Said['interactive']): Pick<Content, 'text' | 'payload' | 'form'> {
  const chosen = interactive?.button_reply ?? interactive?.list_reply;
  if (chosen) return { text: chosen.title, ...(chosen.id ? { payload: chosen.id } : {}) };
  const form = interactive?.nfm_reply;
  if (form) return { text: form.body, ...(form.response_json === undefined ? {} : { form: ofForm(form.response_json) }) };
  const permission = interactive?.call_permission_reply?.response;
  if (permission) return { text: null, payload: permission };
  return { text: interactive?.body?.text ?? null };
}

/** Filled in by a person's phone: JSON in a text, most of the time. */
function ofForm(answer: unknown): unknown {
  if (typeof answer !== 'string') return answer;
  try {
    return JSON.parse(answer);
  } catch {
    return answer;
  }
}
