import { expect, test } from 'vitest';
import { CampaignSettings } from '#core/api/campaigns.ts';
import { percentOf, shareOf, sharePercents } from './failure-share.ts';

test('every percent of the field is a share that the contract takes, and comes back as it was', () => {
  for (let percent = sharePercents.least; percent <= sharePercents.most; percent += 1) {
    const { errorShareToPause } = CampaignSettings.parse({ errorShareToPause: shareOf(percent) });
    expect(percentOf(errorShareToPause)).toBe(percent);
  }
});

test('an empty field means the default of the contract', () => {
  expect(sharePercents.usual).toBe(50);
  expect(shareOf(null)).toBe(CampaignSettings.parse({}).errorShareToPause);
});
