import type { Content, ContentType, EventOf } from '#core/platform-event.ts';
import type { Attachment, Message, Referral } from './page-shapes.ts';

const typeOfAttachment: Record<string, ContentType> = {
  image: 'image',
  animated_image: 'image',
  audio: 'audio',
  video: 'video',
  file: 'document',
  sticker: 'sticker',
  like_heart: 'sticker',
  location: 'location',
  template: 'template',
  share: 'share',
  fallback: 'share',
  post: 'share',
  reel: 'share',
  ig_reel: 'share',
  ig_post: 'share',
  ig_story: 'share',
  media_share: 'share',
  story_mention: 'story_mention',
};

/** What a message on Messenger or Instagram says; its first attachment names its type. */
export function contentOf(message: Message): Content {
  const attachments = message.attachments.map(toAttachment);
  const first = message.attachments[0];
  return {
    type: typeOf(message, first),
    text: message.text,
    ...(first?.type ? { rawType: first.type } : {}),
    ...(message.quick_reply?.payload ? { payload: message.quick_reply.payload } : {}),
    ...(attachments.length > 0 ? { attachments } : {}),
    ...mediaOf(first),
    ...locationOf(first),
  };
}

function typeOf(message: Message, first: Attachment | undefined): ContentType {
  if (message.is_unsupported) return 'unsupported';
  if (!first) return message.text === null ? 'unsupported' : 'text';
  // A sticker comes as an image that has its number.
  if (first.payload?.sticker_id || message.sticker_id) return 'sticker';
  // A link in a text brings what it looks like.
  if (first.type === 'fallback' && message.text !== null) return 'text';
  return (first.type !== null && Object.hasOwn(typeOfAttachment, first.type) ? typeOfAttachment[first.type] : undefined) ?? 'unsupported';
}

function toAttachment({ type, url, title, payload }: Attachment) {
  return { type, url: payload?.url ?? payload?.story_media_url ?? url, title: payload?.title ?? title };
}

const files = new Set(['image', 'animated_image', 'audio', 'video', 'file', 'sticker']);

function mediaOf(first: Attachment | undefined): Pick<Content, 'media'> {
  const url = first?.payload?.url ?? first?.url;
  if (!first?.type || !files.has(first.type)) return {};
  return { media: { id: null, mime: null, ...(url ? { url } : {}) } };
}

function locationOf(first: Attachment | undefined): Pick<Content, 'location'> {
  const place = first?.payload?.coordinates;
  return place ? { location: { latitude: place.lat, longitude: place.long } } : {};
}

export function referralOf(referral: Referral): EventOf<'referral'>['referral'] {
  return {
    sourceId: referral.ad_id,
    sourceType: referral.source ?? referral.type,
    headline: referral.ads_context_data?.ad_title ?? null,
    ctwaClid: null,
    ref: referral.ref,
    url: referral.referer_uri,
  };
}
