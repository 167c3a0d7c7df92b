import { expect, test } from 'vitest';
import type { PlatformExtras } from './platform-extras.ts';
import { brokenPlatformRule, channelsWithWindow, type PlatformChannel, platformRules, windowOf } from './platform-rules.ts';

const now = new Date('2026-11-21T12:00:00Z');
const ago = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000);
type Given = { text?: string; hasMedia?: boolean; extras?: PlatformExtras; heardAt?: Date | null };
const broken = (channel: PlatformChannel, { text = 'Hi', hasMedia = false, extras = {}, heardAt = ago(1) }: Given) =>
  brokenPlatformRule(platformRules[channel], { text, hasMedia, extras }, { heardAt, now })?.rule ?? null;
const template = { template: { name: 'ready', language: 'en_US', body: [], buttons: [] } };
const buttons = { buttons: [{ id: 'a', title: 'Yes' }] };

test.each<[PlatformChannel, Given, string | null]>([
  ['whatsapp-cloud', { heardAt: ago(23.9) }, null],
  ['whatsapp-cloud', { heardAt: ago(24) }, 'template_needed'],
  ['whatsapp-cloud', { heardAt: null }, 'template_needed'],
  ['whatsapp-cloud', { heardAt: null, extras: template }, null],
  ['messenger', { heardAt: ago(25) }, 'window_closed'],
  ['messenger', { heardAt: ago(25), extras: { tag: 'HUMAN_AGENT' } }, null],
  ['instagram', { heardAt: ago(169), extras: { tag: 'HUMAN_AGENT' } }, 'window_closed'],
  ['messenger', { extras: template }, 'extras'],
  ['whatsapp-cloud', { extras: { tag: 'HUMAN_AGENT' } }, 'extras'],
  ['whatsapp-cloud', { hasMedia: true, extras: buttons }, 'extras'],
  ['whatsapp-cloud', { text: 'x'.repeat(4096) }, null],
  ['whatsapp-cloud', { text: 'x'.repeat(4097) }, 'text_length'],
  ['whatsapp-cloud', { text: 'x'.repeat(1025), extras: buttons }, 'text_length'],
  ['whatsapp-cloud', { text: 'x'.repeat(1025), hasMedia: true }, 'caption_length'],
  ['messenger', { text: 'x'.repeat(2001) }, 'text_length'],
  ['messenger', { text: 'below', hasMedia: true }, 'caption_length'],
  ['messenger', { text: '', hasMedia: true }, null],
  // Bytes, not letters.
  ['instagram', { text: 'ё'.repeat(500) }, null],
  ['instagram', { text: 'ё'.repeat(501) }, 'text_length'],
])('%s, %j: %s', (channel, given, rule) => {
  expect(broken(channel, given)).toBe(rule);
});

test('until when what may be said, and who needs a window at all', () => {
  expect(windowOf(platformRules.messenger, ago(2), now)).toEqual({ opensUntil: ago(-22), humanUntil: ago(-166) });
  expect(windowOf(platformRules['whatsapp-cloud'], ago(25), now)).toEqual({ opensUntil: null, humanUntil: null });
  expect(channelsWithWindow(null)).toEqual(['whatsapp-cloud', 'messenger', 'instagram']);
  expect(channelsWithWindow(template)).toEqual(['messenger', 'instagram']);
});
