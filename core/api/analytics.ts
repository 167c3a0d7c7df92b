import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { Id, Locale } from './fields.ts';

const Day = z.iso.date();
/** A year and a month, so that one month can be held against the same of the year before. */
const mostDays = 400;
const daysBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 86_400_000;
const Range = z
  .strictObject({
    /** The first and the last day, in the zone of the workspace. */
    from: Day,
    to: Day,
    channel: z.string().min(1).max(40).optional(),
    accountId: Id.optional(),
    campaignId: Id.optional(),
  })
  .refine(({ from, to }) => from <= to, { message: 'is before from', path: ['to'] })
  .refine(({ from, to }) => daysBetween(from, to) < mostDays, { message: `is more than ${mostDays} days after from`, path: ['to'] });

export const Figures = z.object({
  incoming: z.number(),
  outgoing: z.number(),
  /** Of the outgoing ones, as far as the channel reports it. */
  delivered: z.number(),
  read: z.number(),
  /** Those that reached nobody: refused, skipped before they were sent, or with an end that nobody knows. */
  failed: z.number(),
  uncertain: z.number(),
  skipped: z.number(),
  /** In which something was said; each counts once a day. */
  conversations: z.number(),
  /** Means, in seconds: from sending to the receipt, and from somebody's message to the first that went back within a week. Null: there was none. */
  deliverySeconds: z.number().nullable(),
  answerSeconds: z.number().nullable(),
});
const DayFigures = Figures.extend({ day: Day });

export const analytics = {
  dailyAnalytics: endpoint({
    method: 'GET',
    path: '/analytics/daily',
    summary: 'What was said on each day, why deliveries failed, and at which hours people write',
    allows: 'logs:read',
    query: Range,
    reply: z.object({
      zone: z.string(),
      /** Each day of the range, also those without anything. */
      rows: z.array(DayFigures),
      total: Figures,
      reasons: z.array(z.object({ reason: z.string(), deliveries: z.number() })),
      /** Of all days: weekday 1 is Monday. Hours without a message are left out, and so are all when a campaign is asked for. */
      hours: z.array(z.object({ weekday: z.number(), hour: z.number(), incoming: z.number(), outgoing: z.number() })),
    }),
  }),
  platformAnalytics: endpoint({
    method: 'GET',
    path: '/analytics/platform',
    summary: 'What was said on each channel, and by each account',
    allows: 'logs:read',
    query: Range,
    reply: z.object({
      zone: z.string(),
      rows: z.array(Figures.extend({ channel: z.string() })),
      accounts: z.array(Figures.extend({ channel: z.string(), accountId: Id, name: z.string() })),
    }),
  }),
  statsAnalytics: endpoint({
    method: 'GET',
    path: '/analytics/stats',
    summary: 'Today, the day before, and the last seven days',
    allows: 'logs:read',
    reply: z.object({ zone: z.string(), today: DayFigures, yesterday: DayFigures, week: z.array(DayFigures) }),
  }),
  exportAnalytics: endpoint({
    method: 'GET',
    path: '/analytics/export',
    summary: 'The days of /analytics/daily as CSV, or all that the page shows as a workbook or a PDF',
    allows: 'logs:read',
    query: Range.safeExtend({ format: z.enum(['csv', 'xlsx', 'pdf']).default('csv'), locale: Locale.default('en') }),
    produces: 'text/csv',
    reply: z.unknown(),
  }),
};
