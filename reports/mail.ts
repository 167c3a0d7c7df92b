import { wholeNumber } from '#core/format.ts';
import type { Report } from '#core/report.ts';
import { wordsOf } from './words.ts';

const told = ['incoming', 'outgoing', 'delivered', 'read', 'failed', 'conversations'] as const;

/** What stands in the mail itself: the sums of the days; the file beside it holds the rest. */
export function mailOf(
  { total, zone }: Report,
  { name, title, locale }: { name: string; title: string; locale: string },
): { subject: string; text: string } {
  const { analytics } = wordsOf(locale);
  const lines = told.map((key) => `${analytics[key]}: ${wholeNumber(total[key], locale)}`);
  return { subject: `${name}: ${title}`, text: `${title} (${zone})\n\n${lines.join('\n')}\n` };
}
