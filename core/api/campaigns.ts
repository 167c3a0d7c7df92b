import { z } from 'zod';
import { DeliveryState } from '#core/delivery.ts';
import { SegmentId } from '#core/segment.ts';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Flag, Id, Instant, Nothing, nameUpTo, Page, pageOf } from './fields.ts';
import { importMaxBytes } from './lists.ts';
import { Media } from './media.ts';

export const CampaignState = z.enum(['draft', 'planning', 'running', 'paused', 'finished', 'cancelled']);
export const Audience = z.strictObject({
  listIds: z.array(Id).max(100).default([]),
  contactIds: z.array(Id).max(10_000).default([]),
  /** Whoever is in them when the campaign starts. */
  segmentIds: z.array(SegmentId).max(20).default([]),
});
export const CampaignSettings = z.strictObject({
  /** Not before this moment. */
  startAt: Instant.nullable().default(null),
  /**
   * When nobody kept the start, as after a night without a worker: `send` sends whenever it can; later than so many minutes `skip` sends nothing, and
   * `ask` waits for a person.
   */
  lateStart: z
    .strictObject({ rule: z.enum(['send', 'skip', 'ask']), minutes: z.number().int().min(1).max(10_080) })
    .default({ rule: 'send', minutes: 60 }),
  /** Pauses the campaign when more than this share of its newest 100 ends, and of at least 20, are failures. With 1 it never does. */
  errorShareToPause: z.number().min(0.05).max(1).default(0.5),
  /**
   * Sends once more what a crash or a cut connection left uncertain, where nothing can be looked up (mail and the official platforms), if no proof
   * has come by then. Who got the first one gets it twice.
   */
  sendUncertainAgain: z.boolean().default(false),
});
export const Counts = z.object({
  total: z.number(),
  planned: z.number(),
  claimed: z.number(),
  committing: z.number(),
  sent: z.number(),
  delivered: z.number(),
  read: z.number(),
  failed: z.number(),
  skipped: z.number(),
  cancelled: z.number(),
  uncertain: z.number(),
  replies: z.number(),
});
/** Of the newest `of` deliveries that ended, `failed` did: more than the `limit` that pauses the campaign. */
export const FailureShare = z.object({ failed: z.number(), of: z.number(), limit: z.number() });
export const Campaign = z.object({
  id: Id,
  name: z.string(),
  state: CampaignState,
  /** A code or a sentence: why it stands in this state. */
  stateWhy: z.string().nullable(),
  /** The numbers of a campaign that was paused as `too_many_failed`. */
  failureShare: FailureShare.nullable(),
  templateId: Id.nullable(),
  templateName: z.string().nullable(),
  /** The file that everyone gets, with the template’s text as its caption. */
  media: Media.nullable(),
  senderIds: z.array(Id),
  audience: Audience,
  settings: CampaignSettings,
  /** The second person who approved the draft, and to how many people. */
  approval: z.object({ personId: Id.nullable(), person: z.string().nullable(), at: Instant, people: z.number() }).nullable(),
  counts: Counts,
  startedAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
  createdAt: Instant,
  updatedAt: Instant,
});
const Fields = z.strictObject({
  name: nameUpTo(120).min(1),
  templateId: Id.nullable().default(null),
  mediaId: Id.nullable().default(null),
  senderIds: z.array(Id).max(200).default([]),
  audience: Audience.default({ listIds: [], contactIds: [], segmentIds: [] }),
  settings: CampaignSettings.default({ startAt: null, lateStart: { rule: 'send', minutes: 60 }, errorShareToPause: 0.5, sendUncertainAgain: false }),
});

export const Delivery = z.object({
  id: Id,
  campaignId: Id.nullable(),
  conversationId: Id.nullable(),
  accountId: Id.nullable(),
  accountName: z.string().nullable(),
  contactId: Id.nullable(),
  name: z.string(),
  addressKind: z.string().nullable(),
  address: z.string().nullable(),
  state: DeliveryState,
  /** Why it was skipped or failed. */
  reason: z.string().nullable(),
  error: z.string().nullable(),
  /** Why it has not gone out yet, and when it is looked at again. */
  waitReason: z.string().nullable(),
  waitUntil: Instant.nullable(),
  attempt: z.number(),
  /** When it is sent once more, or was, because nobody knows whether it arrived and its campaign is set so. */
  againAt: Instant.nullable(),
  platformId: z.string().nullable(),
  /** The newest script run that was for it; mail has none. */
  runId: Id.nullable(),
  dueAt: Instant,
  committingAt: Instant.nullable(),
  sentAt: Instant.nullable(),
  deliveredAt: Instant.nullable(),
  readAt: Instant.nullable(),
  createdAt: Instant,
  updatedAt: Instant,
});
/** One person of an audience: who gets what from which account, or why not. */
export const Recipient = z.object({
  contactId: Id,
  name: z.string(),
  address: z.string().nullable(),
  accountId: Id.nullable(),
  accountName: z.string().nullable(),
  skip: z.string().nullable(),
  missing: z.array(z.string()),
  text: z.string().nullable(),
});
const Progress = z.object({
  state: CampaignState,
  counts: Counts,
  ratePerMinute: z.number(),
  etaAt: Instant.nullable(),
  etaWhy: z.string().nullable(),
  lanes: z.array(
    z.object({
      accountId: Id,
      name: z.string(),
      queued: z.number(),
      done: z.number(),
      waitReason: z.string().nullable(),
      nextAt: Instant.nullable(),
    }),
  ),
  skippedBy: z.record(z.string(), z.number()),
  failedBy: z.record(z.string(), z.number()),
});

const act = (verb: string, summary: string) =>
  endpoint({ method: 'POST', path: `/campaigns/:id/${verb}`, summary, allows: 'campaigns:run', params: ById, reply: Campaign });

export const campaigns = {
  listCampaigns: endpoint({
    method: 'GET',
    path: '/campaigns',
    summary: 'Campaigns, running ones first',
    allows: 'campaigns:read',
    reply: z.object({ rows: z.array(Campaign) }),
  }),
  addCampaign: endpoint({
    method: 'POST',
    path: '/campaigns',
    summary: 'Add a draft',
    allows: 'campaigns:write',
    body: Fields,
    status: 201,
    reply: Campaign,
  }),
  recipientsOf: endpoint({
    method: 'GET',
    path: '/campaigns/recipients',
    summary: 'The audience of a campaign: as it stands now, and from the start on as it was frozen',
    allows: 'campaigns:read',
    query: Page.extend({ campaignId: z.string().max(120) }),
    reply: pageOf(Recipient).extend({ total: z.number(), skipped: z.number(), skippedBy: z.record(z.string(), z.number()) }),
  }),
  readCampaign: endpoint({ method: 'GET', path: '/campaigns/:id', summary: 'One campaign', allows: 'campaigns:read', params: ById, reply: Campaign }),
  changeCampaign: endpoint({
    method: 'PATCH',
    path: '/campaigns/:id',
    summary: 'Change a draft',
    allows: 'campaigns:write',
    params: ById,
    body: changesOf(Fields),
    reply: Campaign,
  }),
  removeCampaign: endpoint({
    method: 'DELETE',
    path: '/campaigns/:id',
    summary: 'Remove a campaign that is not running',
    allows: 'campaigns:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  recipients: endpoint({
    method: 'GET',
    path: '/campaigns/:id/recipients',
    summary: 'The audience of a campaign: as it stands now, and from the start on as it was frozen',
    allows: 'campaigns:read',
    params: ById,
    query: Page,
    reply: pageOf(Recipient).extend({ total: z.number(), skipped: z.number(), skippedBy: z.record(z.string(), z.number()) }),
  }),
  startCampaign: act('start', 'Freeze the plan and start sending'),
  approveCampaign: act('approve', 'Approve a draft that goes to many: somebody else starts it'),
  pauseCampaign: act('pause', 'Stop after the sends that are under way'),
  resumeCampaign: act('resume', 'Go on where it was paused'),
  cancelCampaign: act('cancel', 'Stop for good; what is planned is cancelled'),
  progress: endpoint({
    method: 'GET',
    path: '/campaigns/:id/progress',
    summary: 'Counts, rate, time left and lanes',
    allows: 'campaigns:read',
    params: ById,
    reply: Progress,
  }),
  listDeliveries: endpoint({
    method: 'GET',
    path: '/campaigns/:id/deliveries',
    summary: 'What became of each recipient',
    allows: 'campaigns:read',
    params: ById,
    query: Page.extend({ state: DeliveryState.optional(), search: z.string().max(100).optional() }),
    reply: pageOf(Delivery),
  }),
  readDelivery: endpoint({
    method: 'GET',
    path: '/deliveries/:id',
    summary: 'One delivery',
    allows: 'campaigns:read',
    params: ById,
    reply: Delivery.extend({ text: z.string().nullable(), runs: z.array(Id) }),
  }),
  resolveDelivery: endpoint({
    method: 'POST',
    path: '/deliveries/:id/resolve',
    summary: 'A person decides about an uncertain delivery',
    allows: 'campaigns:run',
    params: ById,
    body: z.strictObject({ as: z.enum(['sent', 'failed', 'send_again']) }),
    reply: Delivery,
  }),
  listQueue: endpoint({
    method: 'GET',
    path: '/accounts/:id/queue',
    summary: 'What an account still has to send or to clear up, in the order of its lane, each with its reason',
    allows: 'logs:read',
    params: ById,
    query: Page,
    reply: pageOf(Delivery),
  }),
  listLogs: endpoint({
    method: 'GET',
    path: '/logs',
    summary: 'Deliveries of all campaigns and replies, newest first',
    allows: 'logs:read',
    query: Page.extend({
      state: DeliveryState.optional(),
      campaignId: Id.optional(),
      accountId: Id.optional(),
      /** True: only what has ended one way or the other. */
      ended: Flag.optional(),
    }),
    reply: pageOf(Delivery),
  }),
  addBlast: endpoint({
    method: 'POST',
    path: '/blasts',
    summary: 'A campaign in one call: a profile, a text, recipients from a file, a campaign, or both',
    allows: 'campaigns:run',
    upload: { file: 'recipientsFile', maxBytes: importMaxBytes },
    body: z.strictObject({
      /** Name or id of the sending profile. */
      sessionId: z.string().min(1).max(80),
      message: z.string().min(1).max(65_536),
      /** Name or id of a campaign whose audience is used. */
      campaignId: z.string().min(1).max(120).optional(),
      recipients: z
        .array(z.strictObject({ phone: z.string().max(40), name: nameUpTo(200).default('') }))
        .max(100_000)
        .optional(),
    }),
    status: 202,
    reply: z.object({ blastId: Id, campaignId: Id }),
  }),
  readBlast: endpoint({
    method: 'GET',
    path: '/blasts/:id',
    summary: 'How a blast stands',
    allows: 'campaigns:read',
    params: ById,
    reply: z.object({
      blastId: Id,
      state: CampaignState,
      sent: z.number(),
      failed: z.number(),
      total: z.number(),
      counts: Counts,
      rejected: z.number(),
    }),
  }),
};
