import { Failure } from '#core/failure.ts';
import { brokenRule, type MediaRules, mailMedia } from '#core/media.ts';
import type { MediaReply } from '#sql/media.ts';
import type { PackCard } from './packs.ts';

/** What a channel takes besides a text: the packs say it of the web messengers. */
type ChannelRules = { title: string; media: MediaRules; quotes: boolean };

export function rulesOf(packs: readonly PackCard[], channel: string): ChannelRules {
  if (channel === 'email') return { title: 'E-mail', media: mailMedia, quotes: false };
  const pack = packs.find((one) => one.name === channel);
  return pack ? { title: pack.title, media: pack.media, quotes: pack.quotes } : { title: channel, media: {}, quotes: false };
}

/** Throws `send_refused` that names the rule, before anything is queued: a worker would find it out after hours. */
export function refuseUnlessTaken(
  { title, media, quotes }: ChannelRules,
  { file, isReply = false }: { file?: MediaReply | null; isReply?: boolean },
): void {
  const refuse = (field: string, rule: string, sentence: string) => {
    throw new Failure('send_refused', `${sentence} (${rule})`, { fields: { [field]: rule } });
  };
  if (isReply && !quotes) refuse('replyTo', 'quote', `${title} cannot answer one message from Patchbay.`);
  if (isReply && file) refuse('replyTo', 'quote_with_media', 'An answer to one message goes without a file. Send the file by itself.');
  const broken = file ? brokenRule(media, file, title) : null;
  if (broken) refuse('mediaId', broken.rule, broken.sentence);
}
