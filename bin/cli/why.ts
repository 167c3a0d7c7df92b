import type { z } from 'zod';
import type { Campaign as CampaignSchema } from '#core/api/campaigns.ts';

type Why = Pick<z.output<typeof CampaignSchema>, 'stateWhy' | 'failureShare'>;

/** Why a campaign stands in its state, for a person. What is no code of ours is a sentence already. */
export function whyOf({ stateWhy, failureShare }: Why): string {
  if (stateWhy === 'too_many_failed' && failureShare) {
    const { failed, of, limit } = failureShare;
    return `paused by itself: ${failed} of the newest ${of} failed, more than ${Math.round(limit * 100)} %`;
  }
  return stateWhy === null ? '' : (sentences[stateWhy] ?? stateWhy.replaceAll('_', ' '));
}

const sentences: Record<string, string> = {
  too_many_failed: 'paused by itself: too many messages failed',
  paused_by_person: 'paused by a person',
  cancelled_by_person: 'cancelled by a person',
  planning_failed: 'the plan could not be made; start it again, and if this repeats, the log of the worker says why',
};
