import type { z } from 'zod';
import type { analytics } from './api/analytics.ts';

type Daily = z.output<typeof analytics.dailyAnalytics.reply>;
type Channels = z.output<typeof analytics.platformAnalytics.reply>;

/** What the analytics page shows of some days: every export of it and every report by mail is made of this. */
export type Report = Daily & Pick<Channels, 'accounts'>;
