import { CampaignSettings } from '#core/api/campaigns.ts';

/** In whole percent, as people write it. The bounds are those of the contract, the usual one its default. */
export const sharePercents = { least: 5, most: 100, usual: percentOf(CampaignSettings.parse({}).errorShareToPause) } as const;

export function percentOf(share: number): number {
  return Math.round(share * 100);
}

/** What the campaign keeps; an empty field means the usual share. */
export function shareOf(percent: number | null): number {
  return (percent ?? sharePercents.usual) / 100;
}
