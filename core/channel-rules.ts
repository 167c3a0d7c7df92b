import { Failure } from './failure.ts';
import { brokenRule, type MediaRules, mailMedia } from './media.ts';
import type { PlatformExtras } from './platform-extras.ts';
import { brokenPlatformRule, type PlatformRules, platformRulesOf } from './platform-rules.ts';
import type { LoadedPack } from './script.ts';

/** What a script pack says of what its messenger takes. */
export type PackRules = { name: string; title: string; media: MediaRules /** It can answer one message. */; quotes: boolean };

/** What a channel takes besides a text: the packs say it of the web messengers, `core/platform-rules.ts` of the official platforms. */
type ChannelRules = { title: string; media: MediaRules; quotes: boolean; platform: PlatformRules | null };

export function rulesOfPack({ name, title, flows, media }: LoadedPack): PackRules {
  return { name, title, media: flows.sendMedia ? media : {}, quotes: flows.reply !== undefined };
}

export function rulesOf(packs: readonly PackRules[], channel: string): ChannelRules {
  if (channel === 'email') return { title: 'E-mail', media: mailMedia, quotes: false, platform: null };
  const platform = platformRulesOf(channel);
  if (platform) return { title: platform.title, media: platform.media, quotes: true, platform };
  const pack = packs.find((one) => one.name === channel);
  return pack
    ? { title: pack.title, media: pack.media, quotes: pack.quotes, platform: null }
    : { title: channel, media: {}, quotes: false, platform: null };
}

type Given = {
  file?: Parameters<typeof brokenRule>[1] | null;
  isReply?: boolean;
  extras?: PlatformExtras | null;
  /** What is said to whom: known for one message, not for a campaign, whose plan looks at each person. */
  said?: { text: string; heardAt: Date | null; now: Date };
};

/** Throws `send_refused` that names the rule, before anything is queued: a worker would find it out after hours. */
export function refuseUnlessTaken(rules: ChannelRules, { file, isReply = false, extras, said }: Given): void {
  const { title, media, quotes, platform } = rules;
  const refuse = (field: string, rule: string, sentence: string) => {
    throw new Failure('send_refused', `${sentence} (${rule})`, { fields: { [field]: rule } });
  };
  if (isReply && !quotes) refuse('replyTo', 'quote', `${title} cannot answer one message from Patchbay.`);
  if (isReply && file && !platform) refuse('replyTo', 'quote_with_media', 'An answer to one message goes without a file. Send the file by itself.');
  const broken = file ? brokenRule(media, file, title) : null;
  if (broken) refuse('mediaId', broken.rule, broken.sentence);
  if (!platform) {
    // A campaign over several channels says its text where there are no templates.
    if (extras && said) refuse('extras', 'extras', `${title} takes a text or a file from Patchbay, and nothing else.`);
    return;
  }
  const wrong = brokenPlatformRule(platform, { text: said?.text ?? '', hasMedia: Boolean(file), extras: extras ?? {} }, windowOf(said));
  if (wrong) refuse(wrong.field, wrong.rule, wrong.sentence);
}

/** A campaign's window is looked at person by person. */
const windowOf = (said: Given['said']) => said ?? { heardAt: new Date(0), now: new Date(0) };
