import type { MediaRules } from './media.ts';
import type { PlatformExtras } from './platform-extras.ts';

const megabyte = 1024 * 1024;
const hour = 3_600_000;
/** For so long after a person's last word anything may be said, on all of them. */
const windowMs = 24 * hour;
/** For so long a person may answer, where programs may not any more. */
const humanMs = 7 * 24 * hour;

export type PlatformRules = {
  title: string;
  media: MediaRules;
  /** A file goes with a text below it. */
  captionLength: number;
  textLength: number;
  /** What the length of a text is counted in. */
  countedIn: 'letters' | 'bytes';
  extras: readonly (keyof PlatformExtras)[];
  /** What goes to people whose window has closed. */
  afterwards: 'template' | 'human_agent';
  reports: readonly ('sent' | 'delivered' | 'read')[];
};

/** What each official platform takes and when (facts of Meta's documents, read in November 2026). */
export const platformRules = {
  'whatsapp-cloud': {
    title: 'WhatsApp',
    media: {
      image: { maxBytes: 5 * megabyte, types: ['image/jpeg', 'image/png'] },
      video: { maxBytes: 16 * megabyte, types: ['video/mp4', 'video/3gpp'] },
      document: { maxBytes: 100 * megabyte },
    },
    captionLength: 1024,
    textLength: 4096,
    countedIn: 'letters',
    extras: ['template', 'buttons', 'list', 'link'],
    afterwards: 'template',
    reports: ['sent', 'delivered', 'read'],
  },
  messenger: {
    title: 'Messenger',
    media: {
      image: { maxBytes: 8 * megabyte, types: ['image/jpeg', 'image/png', 'image/gif'] },
      video: { maxBytes: 25 * megabyte, types: ['video/mp4'] },
      document: { maxBytes: 25 * megabyte },
    },
    captionLength: 0,
    textLength: 2000,
    countedIn: 'letters',
    extras: ['buttons', 'link', 'tag'],
    afterwards: 'human_agent',
    reports: ['sent', 'delivered', 'read'],
  },
  instagram: {
    title: 'Instagram',
    media: {
      image: { maxBytes: 8 * megabyte, types: ['image/jpeg', 'image/png', 'image/gif'] },
      video: { maxBytes: 25 * megabyte, types: ['video/mp4'] },
    },
    captionLength: 0,
    textLength: 1000,
    countedIn: 'bytes',
    extras: ['buttons', 'link', 'tag'],
    afterwards: 'human_agent',
    reports: ['sent', 'read'],
  },
} as const satisfies Record<string, PlatformRules>;
export type PlatformChannel = keyof typeof platformRules;

/** Null: not an official platform. */
export const platformRulesOf = (channel: string): PlatformRules | null =>
  Object.hasOwn(platformRules, channel) ? platformRules[channel as PlatformChannel] : null; // It is one of its keys.

/** A rule of a platform that a message breaks: its name, and the sentence that a caller reads. */
export type BrokenPlatformRule = {
  rule: 'window_closed' | 'template_needed' | 'text_length' | 'caption_length' | 'extras';
  field: 'text' | 'extras' | 'mediaId';
  sentence: string;
};
type Message = { text: string; hasMedia: boolean; extras: PlatformExtras };

/** What an official platform would refuse, known before anything is queued. `heardAt`: when the person last wrote to this account. */
export function brokenPlatformRule(
  rules: PlatformRules,
  { text, hasMedia, extras }: Message,
  { heardAt, now }: { heardAt: Date | null; now: Date },
): BrokenPlatformRule | null {
  const { title } = rules;
  const wrong = (Object.keys(extras) as (keyof PlatformExtras)[]).find((name) => !rules.extras.includes(name)); // The schema allows no others.
  if (wrong) return { rule: 'extras', field: 'extras', sentence: `${title} takes no ${words[wrong]} from Patchbay.` };
  if (hasMedia && (extras.buttons || extras.list || extras.link))
    return { rule: 'extras', field: 'extras', sentence: `A file goes by itself on ${title}.` };
  const isCaption = hasMedia || extras.link !== undefined;
  const most = isCaption ? rules.captionLength : longest(rules, extras);
  const length = lengthOn(rules, text);
  if (!extras.template && length > most) return tooLong(rules, { length, most, isCaption });
  return extras.template ? null : brokenWindow(rules, { extras, heardAt, now });
}

/** As the platform counts it. */
export const lengthOn = ({ countedIn }: PlatformRules, text: string): number =>
  countedIn === 'bytes' ? new TextEncoder().encode(text).length : text.length;

/** With buttons below it a text is shorter. */
const longest = ({ textLength }: PlatformRules, { buttons }: PlatformExtras): number => (buttons ? Math.min(1024, textLength) : textLength);

function tooLong(
  { title, countedIn }: PlatformRules,
  { length, most, isCaption }: { length: number; most: number; isCaption: boolean },
): BrokenPlatformRule {
  if (isCaption && most === 0) return { rule: 'caption_length', field: 'text', sentence: `A file goes without a text on ${title}.` };
  const sentence = `${title} takes at most ${most} ${countedIn} here; this has ${length}.`;
  return { rule: isCaption ? 'caption_length' : 'text_length', field: 'text', sentence };
}

type Heard = { extras: Pick<PlatformExtras, 'tag'>; heardAt: Date | null; now: Date };

function brokenWindow(rules: PlatformRules, { extras, heardAt, now }: Heard): BrokenPlatformRule | null {
  if (isOpen(heardAt, windowMs, now)) return null;
  const { title, afterwards } = rules;
  if (afterwards === 'template')
    return {
      rule: 'template_needed',
      field: 'extras',
      sentence: `This person has not written for 24 hours: ${title} takes an approved template only.`,
    };
  if (!isOpen(heardAt, humanMs, now))
    return { rule: 'window_closed', field: 'text', sentence: `This person has not written for seven days: ${title} takes nothing.` };
  if (extras.tag) return null;
  return {
    rule: 'window_closed',
    field: 'extras',
    sentence: `This person has not written for 24 hours: ${title} takes an answer by a person only, with the tag HUMAN_AGENT.`,
  };
}

const isOpen = (heardAt: Date | null, ms: number, now: Date): boolean => heardAt !== null && now.getTime() - heardAt.getTime() < ms;

/** Until when anything may be said to a person, and until when a person may still answer; null: it is over, or never began. */
export function windowOf(rules: PlatformRules, heardAt: Date | null, now: Date): { opensUntil: Date | null; humanUntil: Date | null } {
  const until = (ms: number) => (heardAt && isOpen(heardAt, ms, now) ? new Date(heardAt.getTime() + ms) : null);
  return { opensUntil: until(windowMs), humanUntil: rules.afterwards === 'human_agent' ? until(humanMs) : null };
}

const words: Record<keyof PlatformExtras, string> = {
  template: 'templates',
  buttons: 'buttons',
  list: 'lists',
  link: 'links to files',
  tag: 'tags',
};

/** Channels on which this goes only to people who have written lately. */
export function channelsWithWindow(extras: PlatformExtras | null): PlatformChannel[] {
  const all = Object.keys(platformRules) as PlatformChannel[]; // Its keys are these.
  return all.filter((channel) => !(extras?.template && platformRules[channel].afterwards === 'template'));
}
