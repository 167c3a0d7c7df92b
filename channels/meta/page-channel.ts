import { z } from 'zod';
import type { Channel, Media, Outgoing } from '#core/channel.ts';
import { createMetaChannel, type Dialect, fileOf, type MetaParts } from './meta-channel.ts';

const Sent = z.object({ message_id: z.string().min(1), recipient_id: z.coerce.string().optional() });
const Uploaded = z.object({ attachment_id: z.coerce.string().min(1) });

/** Pages and Instagram accounts speak alike. */
export function createPageChannel(parts: MetaParts, channel: 'messenger' | 'instagram'): Channel {
  const dialect: Dialect = {
    channel,
    addressedBy: 'scoped_id',
    bodyOf,
    uploadOf: (media) => ({ path: 'message_attachments', form: uploadOf(media, channel) }),
    readUpload: (answer) => Uploaded.parse(answer).attachment_id,
    readSent(answer, { to }) {
      const { message_id: platformId, recipient_id: recipient } = Sent.parse(answer);
      return { platformId, conversation: recipient ?? to.value };
    },
  };
  return createMetaChannel(parts, dialect);
}

function bodyOf(message: Outgoing, fileId: string | null): object {
  const { to, deliveryId, quoted, extras = {} } = message;
  return {
    recipient: { id: to.value },
    ...(extras.tag ? { messaging_type: 'MESSAGE_TAG', tag: extras.tag } : { messaging_type: 'RESPONSE' }),
    // Comes back with the echo: it settles a send whose answer never came.
    message: { ...contentOf(message, fileId), metadata: deliveryId },
    ...(quoted && { reply_to: { mid: quoted } }),
  };
}

function contentOf({ text, media, extras = {} }: Outgoing, fileId: string | null): object {
  if (media && fileId) return { attachment: { type: kindOf(media), payload: { attachment_id: fileId } } };
  if (extras.link) return { attachment: { type: extras.link.kind === 'document' ? 'file' : extras.link.kind, payload: { url: extras.link.url } } };
  const choices = extras.buttons?.map(({ id, title }) => ({ content_type: 'text', title, payload: id }));
  return { text, ...(choices && { quick_replies: choices }) };
}

function kindOf({ kind, mimeType }: Media): string {
  if (mimeType.startsWith('audio/')) return 'audio';
  return kind === 'document' ? 'file' : kind;
}

function uploadOf(media: Media, channel: 'messenger' | 'instagram'): FormData {
  const form = new FormData();
  if (channel === 'instagram') form.set('platform', 'instagram');
  form.set('message', JSON.stringify({ attachment: { type: kindOf(media), payload: { is_reusable: true } } }));
  form.set('filedata', fileOf(media), media.name);
  return form;
}
