import type { WorkspaceSettings } from '#core/api/workspace.ts';
import { PaceSettings } from '#core/pace.ts';
import { type CeilingKind, ceilingsOf } from '#core/policy.ts';

type Sender = { kind: CeilingKind };

/** The least time that the ceilings and the pace of the workspace allow for so many messages, spread evenly; null without senders. */
export function shortestMs(messages: number, senders: readonly Sender[], settings: WorkspaceSettings): number | null {
  if (messages === 0 || senders.length === 0) return null;
  const perMs = senders.reduce((sum, sender) => sum + rateOf(sender, settings), 0);
  return messages / perMs;
}

/** Messages a millisecond of one account, held by whatever is tightest. Windows of a day are left out: they stop a run, they do not slow it. */
function rateOf({ kind }: Sender, settings: WorkspaceSettings): number {
  const ceilings = ceilingsOf(kind, settings.ceilings, {});
  const rates = [
    ceilings.perMinute === undefined ? [] : [ceilings.perMinute / 60_000],
    ceilings.perHour === undefined ? [] : [ceilings.perHour / 3_600_000],
  ].flat();
  const gap = kind === 'web' ? betweenMs(settings) : 0;
  return Math.min(...rates, gap > 0 ? 1 / gap : Number.POSITIVE_INFINITY, 1);
}

/** A message of a few lines, as campaigns send them. */
const usualKeys = 100;
/** Finding the chat and waiting for the proof, beside what the pace decides: 3 to 5 s in the demo on two cores. */
const openAndProveMs = 4000;

/** From one message of a profile to its next: the typing, the gap, and what the page itself takes. */
function betweenMs(settings: WorkspaceSettings): number {
  const pace = PaceSettings.parse(settings.pace ?? {});
  if (pace.mode === 'instant') return openAndProveMs;
  const inside = (usualKeys * pace.keyMs + 2 * pace.thinkMs + pace.reviewMs) / pace.speed;
  const gap = ((pace.gapSeconds + pace.gapSpreadSeconds / 2) * 1000) / (pace.gapSpeed ?? pace.speed);
  return openAndProveMs + inside + gap;
}
