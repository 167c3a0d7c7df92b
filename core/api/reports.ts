import { z } from 'zod';
import { Recurrence } from '#core/recurrence.ts';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Id, Instant, Locale, Name, Nothing } from './fields.ts';

const Fields = z.strictObject({
  name: Name,
  /** The mail account that it goes out from. */
  accountId: Id,
  /** Each gets a mail of their own. */
  to: z.array(z.email().max(254).toLowerCase()).min(1).max(20),
  /** When, by the clocks of the workspace. */
  again: Recurrence,
  /** So many days, up to the day before it goes out. */
  days: z.number().int().min(1).max(366).default(7),
  /** Null: of all accounts. */
  ofAccountId: Id.nullable().default(null),
  format: z.enum(['csv', 'xlsx', 'pdf']).default('pdf'),
  /** As whom days and numbers of the mail and of a PDF are written for; the words are English or Russian. */
  locale: Locale.default('en'),
  isOn: z.boolean().default(true),
});
export const ScheduledReport = Fields.extend({
  id: Id,
  /** Null: the account was removed, and nothing goes out until another one is named. */
  accountId: Id.nullable(),
  /** Null while it is off. */
  nextAt: Instant.nullable(),
  sentAt: Instant.nullable(),
  /** Why the last one did not reach everybody. */
  error: z.string().nullable(),
  updatedAt: Instant,
});

export const reports = {
  listReports: endpoint({
    method: 'GET',
    path: '/reports',
    summary: 'Figures that are mailed again and again: to whom, when, and how the last one went',
    allows: 'logs:read',
    reply: z.object({ rows: z.array(ScheduledReport) }),
  }),
  addReport: endpoint({
    method: 'POST',
    path: '/reports',
    summary: 'Mail the figures of the last days again and again, as a file',
    allows: 'workspace:write',
    body: Fields,
    status: 201,
    reply: ScheduledReport,
  }),
  changeReport: endpoint({
    method: 'PATCH',
    path: '/reports/:id',
    summary: 'Change a report; its next time is counted anew',
    allows: 'workspace:write',
    params: ById,
    body: changesOf(Fields),
    reply: ScheduledReport,
  }),
  removeReport: endpoint({
    method: 'DELETE',
    path: '/reports/:id',
    summary: 'Remove a report; nothing more goes out',
    allows: 'workspace:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  sendReport: endpoint({
    method: 'POST',
    path: '/reports/:id/send',
    summary: 'Send it now as well; a worker does within seconds, and the row says how it went',
    allows: 'workspace:write',
    params: ById,
    body: z.strictObject({}),
    reply: ScheduledReport,
  }),
};
