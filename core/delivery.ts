import { z } from 'zod';

/**
 * A delivery is a planned send. `committing` is written before the irreversible act; from there on states only move forward,
 * except that a proven absence plans it again, and a platform that took it and then tells that it did not get through is such a proof.
 */
export const DeliveryState = z.enum(['planned', 'claimed', 'committing', 'sent', 'delivered', 'read', 'failed', 'skipped', 'cancelled', 'uncertain']);
export type DeliveryState = z.output<typeof DeliveryState>;

const moves: Record<DeliveryState, readonly DeliveryState[]> = {
  planned: ['claimed', 'skipped', 'cancelled', 'failed'],
  claimed: ['planned', 'committing', 'failed', 'skipped', 'cancelled'],
  committing: ['sent', 'delivered', 'read', 'failed', 'uncertain', 'planned'],
  sent: ['delivered', 'read', 'failed'],
  delivered: ['read'],
  read: [],
  // Platforms report in any order: a receipt proves that it arrived, whatever was said before. Planned again is only what a platform took and then
  // told to have failed, for a reason that passes.
  failed: ['delivered', 'read', 'planned'],
  skipped: [],
  cancelled: [],
  uncertain: ['sent', 'delivered', 'read', 'failed', 'planned'],
};

/** Whether a delivery may go from one state to another. Late receipts may skip rungs, never climb down. */
export function canMove(from: DeliveryState, to: DeliveryState): boolean {
  return moves[from].includes(to);
}

/** States after which nothing more is done by itself. `uncertain` is one: only a receipt or a person moves it on. */
export const finalStates = ['sent', 'delivered', 'read', 'failed', 'skipped', 'cancelled', 'uncertain'] as const satisfies readonly DeliveryState[];

/** Why a delivery is not going out. The first group ends it (`skipped`), the second makes it wait. */
export const SkipReason = z.enum([
  'denied',
  'not_allowed',
  'suppressed',
  'no_consent',
  'duplicate',
  'no_address',
  'address_gone',
  'invalid_address',
  'variables_missing',
  'no_such_recipient',
  'window_closed',
  'too_late',
  'campaign_cancelled',
]);
export type SkipReason = z.output<typeof SkipReason>;
export const WaitReason = z.enum([
  'account_limit',
  'new_contact_limit',
  'known_contact_limit',
  'recipient_limit',
  'proxy_limit',
  'pair_limit',
  'portfolio_limit',
  'warm_up',
  'quiet_hours',
  'pace',
  'break',
  'too_many_failed',
  'campaign_paused',
  'account_paused',
  'workspace_stopped',
  'database_copied',
  'not_ready',
  'needs_person',
  'restricted',
  'proxy_dead',
  'platform',
  'no_host',
  'scheduled',
  'retry_later',
  'in_line',
  'confirming',
]);
export type WaitReason = z.output<typeof WaitReason>;

/** What stood in the conversation just before the commit: ids of the last messages, oldest first. Absence counts only past these. */
export const Anchor = z.object({ conversation: z.string(), lastIds: z.array(z.string()).max(50), takenAt: z.iso.datetime() });
export type Anchor = z.output<typeof Anchor>;
