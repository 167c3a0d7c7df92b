import type { z } from 'zod';
import type { campaigns } from '#core/api/campaigns.ts';
import type { Connection } from './connection.ts';
import { openBell } from './event-bell.ts';
import type { Output } from './output.ts';
import { clock, plain } from './table.ts';
import { whyOf } from './why.ts';

type Progress = z.output<typeof campaigns.progress.reply>;

/** The numbers are asked for at most this often, however much happens. */
const gapMs = 500;

/** Shows the progress of a campaign whenever something changes, until it has finished or was cancelled. */
export async function followCampaign(
  { client, server, accessToken }: Connection,
  { id, output, signal }: { id: string; output: Output; signal: AbortSignal },
): Promise<void> {
  await using bell = openBell({ server, accessToken, subscribe: { campaignId: id }, signal });
  let shown = '';
  for (;;) {
    const progress = await client.progress({ params: { id } });
    const isOver = progress.state === 'finished' || progress.state === 'cancelled';
    // A pause that nobody here asked for is told with its reason; the numbers alone do not say it.
    const why = progress.state === 'paused' ? whyOf(await client.readCampaign({ params: { id } })) : '';
    const text = sentencesOf(progress, plain(why));
    const key = JSON.stringify([progress.state, progress.counts, text]);
    if (key !== shown) {
      if (output.isJson || isOver || !output.isTerminal) output.line({ at: new Date().toISOString(), campaignId: id, ...progress }, () => text);
      else output.progress(text);
    }
    shown = key;
    if (isOver) return;
    await bell.nextRing(gapMs);
  }
}

function sentencesOf(progress: Progress, why: string): string {
  const { counts, state, lanes } = progress;
  const out = counts.sent + counts.delivered + counts.read;
  const words = [
    `${state}${why && ` (${why})`}: ${out} of ${counts.total - counts.skipped} out`,
    `${counts.delivered + counts.read} delivered`,
    `${counts.read} read`,
    `${counts.replies} replied`,
    ...(counts.failed > 0 ? [`${counts.failed} failed${because(progress.failedBy)}`] : []),
    ...(counts.skipped > 0 ? [`${counts.skipped} left out${because(progress.skippedBy)}`] : []),
    ...(counts.cancelled > 0 ? [`${counts.cancelled} cancelled`] : []),
    ...(counts.uncertain > 0 ? [`${counts.uncertain} uncertain`] : []),
  ];
  const waiting = lanes.filter(({ waitReason, queued }) => waitReason !== null && queued > 0);
  return [
    words.join(', '),
    ...(state === 'running' ? [paceOf(progress)] : []),
    ...waiting.map(
      ({ name, queued, waitReason, nextAt }) =>
        `  ${plain(name)}: ${queued} wait, ${worded(waitReason ?? '')}${nextAt ? `, until ${clock(nextAt)}` : ''}`,
    ),
  ].join('\n');
}

function paceOf({ ratePerMinute, etaAt, etaWhy }: Progress): string {
  const end = etaAt ? `, done about ${clock(etaAt)}` : '';
  const why = etaWhy ? ` (${worded(etaWhy)})` : '';
  return `${Math.round(ratePerMinute * 10) / 10} a minute${end}${why}`;
}

/** Reasons are codes: quiet_hours reads as "quiet hours". */
const worded = (reason: string): string => plain(reason).replaceAll('_', ' ');

function because(reasons: Record<string, number>): string {
  const named = Object.entries(reasons).map(([reason, n]) => `${worded(reason)} ${n}`);
  return named.length > 0 ? ` (${named.join(', ')})` : '';
}
