import { expect, test } from 'vitest';
import type { ProgressNumbers } from '#sql/progress.ts';
import { etaOf } from './campaign-eta.ts';

const now = new Date('2026-03-09T20:00:00Z');
const morning = new Date('2026-03-10T07:00:00Z');
const evening = new Date('2026-03-09T20:30:00Z');
const campaign = { state: 'running', counts: { planned: 60, claimed: 0, committing: 0 } };
const lane = (waitReason: string | null = null, nextAt: Date | null = null, queued = 30) => ({
  accountId: 'a',
  name: 'A',
  queued,
  done: 0,
  waitReason,
  nextAt,
});
const numbers = (lanes: ProgressNumbers['lanes'], lastTenMinutes = 20): ProgressNumbers => ({
  lanes,
  lastTenMinutes,
  skippedBy: {},
  failedBy: {},
  lastAt: null,
  startedAt: new Date('2026-03-09T19:00:00Z'),
  sent: lastTenMinutes,
});

test('what is left takes as long as its rate says', () => {
  expect(etaOf(campaign, numbers([lane(), lane('quiet_hours', morning)]), now)).toEqual({
    ratePerMinute: 2,
    etaAt: '2026-03-09T20:30:00.000Z',
    etaWhy: null,
  });
});

test('while every lane waits, time counts from when the first of them goes on, for its reason', () => {
  expect(etaOf(campaign, numbers([lane('quiet_hours', morning), lane('account_limit', evening), lane(null, null, 0)]), now)).toEqual({
    ratePerMinute: 2,
    etaAt: '2026-03-09T21:00:00.000Z',
    etaWhy: 'account_limit',
  });
});

test('before anything went out the end is not known, but the reason and the next moment are', () => {
  expect(etaOf(campaign, numbers([lane('quiet_hours', morning)], 0), now)).toEqual({
    ratePerMinute: 0,
    etaAt: morning.toISOString(),
    etaWhy: 'quiet_hours',
  });
  expect(etaOf(campaign, numbers([lane('needs_person', null)], 0), now)).toMatchObject({ etaAt: null, etaWhy: 'needs_person' });
  expect(etaOf(campaign, numbers([lane()], 0), now)).toMatchObject({ etaAt: null, etaWhy: 'no_rate_yet' });
});

test('a campaign that does not run has no end to wait for', () => {
  expect(etaOf({ ...campaign, state: 'paused' }, numbers([lane()]), now)).toMatchObject({ etaAt: null, etaWhy: 'campaign_paused' });
});
