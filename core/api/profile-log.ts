import { z } from 'zod';
import { ProfileState } from '#core/profile.ts';
import { endpoint } from './endpoint.ts';
import { ById, Instant, Page, pageOf } from './fields.ts';

/** The profile came into a state, or a person did something to it; acts are told to those who may read the audit. */
export const LogLine = z.object({
  id: z.string(),
  at: Instant,
  state: ProfileState.nullable(),
  why: z.string().nullable(),
  /** The entry of the contract that was called, such as `stopProfile`. */
  act: z.string().nullable(),
  person: z.string().nullable(),
});
/** `what` is what the network said, such as 503 or net::ERR_CONNECTION_RESET. */
export const PageNote = z.object({ at: Instant, what: z.string(), about: z.string().nullable() });
const TrafficDay = z.object({ day: z.iso.date(), sentBytes: z.number(), receivedBytes: z.number() });

export const profileLog = {
  readProfileLog: endpoint({
    method: 'GET',
    path: '/profiles/:id/log',
    summary: 'States of a profile and what people did to it, newest first',
    allows: 'logs:read',
    params: ById,
    query: Page,
    reply: pageOf(LogLine),
  }),
  readPageLog: endpoint({
    method: 'GET',
    path: '/profiles/:id/page-log',
    summary: 'Requests of the page of a profile that failed, newest first',
    allows: 'logs:read',
    params: ById,
    /** Kept by the worker that has the browser; `isHere` is false while none has it. */
    reply: z.object({ isHere: z.boolean(), rows: z.array(PageNote) }),
  }),
  readTraffic: endpoint({
    method: 'GET',
    path: '/profiles/:id/traffic',
    summary: 'Bytes that passed the hop to the proxy, by day in UTC, the newest first',
    allows: 'profiles:read',
    params: ById,
    /** `isCounted` is false for a profile that goes out directly: it has no hop. */
    reply: z.object({ isCounted: z.boolean(), rows: z.array(TrafficDay) }),
  }),
};
