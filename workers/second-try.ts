import type { Capabilities } from '#core/channel.ts';
import type { Outcome } from '#sql/deliveries.ts';

/**
 * How long proof may still come before a campaign that is set so sends once more. A platform that reports what arrived does so within seconds, and
 * for minutes where it was not heard; a mail server reports nothing, but what cut the connection may take a moment to pass.
 */
const proofMs = { reported: 10 * 60_000, unreported: 20_000 } as const;

/**
 * What is uncertain learns when it may go out once more: not before the silence that it waits for is over. Where one can look, a person does:
 * that stays as it is.
 */
export function withSecondTry(outcome: Outcome, { capabilities, now }: { capabilities: Capabilities; now: Date }): Outcome {
  if (outcome.is !== 'uncertain' || capabilities.canConfirm) return outcome;
  const waitMs = capabilities.reports.some((rung) => rung !== 'sent') ? proofMs.reported : proofMs.unreported;
  return { ...outcome, againAt: new Date(Math.max(now.getTime() + waitMs, outcome.until?.getTime() ?? 0)) };
}
