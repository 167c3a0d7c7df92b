import { z } from 'zod';
import { Platform } from '#core/platform-event.ts';

export const NewBusiness = z.strictObject({
  id: z.string().min(1).optional(),
  portfolioId: z.string().min(1).optional(),
  name: z.string().default('Lab business'),
  peoplePerDay: z.number().int().min(1).nullable().default(null),
});
export const NewNumber = z.strictObject({
  id: z.string().min(1).optional(),
  businessId: z.string().min(1).optional(),
  display: z.string().default('+1 555 010 0000'),
  name: z.string().default('Lab shop'),
  perSecond: z.number().int().min(1).default(80),
});
export const NewPage = z.strictObject({
  id: z.string().min(1).optional(),
  name: z.string().default('Lab page'),
  instagramId: z.string().nullable().default(null),
});
export const NewInstagram = z.strictObject({
  id: z.string().min(1).optional(),
  username: z.string().default('lab.shop'),
  byInstagram: z.boolean().default(false),
});
export const NewCustomer = z.strictObject({
  platform: Platform,
  id: z.string().min(1),
  name: z.string().optional(),
  userId: z.string().nullable().optional(),
  hidesNumber: z.boolean().optional(),
  isReachable: z.boolean().optional(),
  hasBlocked: z.boolean().optional(),
  wantsMarketing: z.boolean().optional(),
  deliveredAfterMs: z.number().int().min(0).optional(),
  readsAfterMs: z.number().int().min(0).nullable().optional(),
  repliesWith: z.string().nullable().optional(),
});
export const NewTokens = z.strictObject({
  token: z.string().min(1).optional(),
  kind: z.enum(['system', 'user', 'page', 'instagram']).default('system'),
  of: z.array(z.string()).nullable().default(null),
  scopes: z.array(z.string()).default([]),
  expiresAt: z.number().nullable().default(null),
  appId: z.string().nullable().optional(),
});
export const NewTemplate = z.strictObject({
  businessId: z.string().min(1),
  name: z.string(),
  language: z.string().default('en_US'),
  category: z.string().default('MARKETING'),
  status: z.enum(['PENDING', 'APPROVED', 'REJECTED', 'PAUSED', 'DISABLED']).default('APPROVED'),
  components: z.array(z.record(z.string(), z.unknown())),
});
export const Written = z.strictObject({
  platform: Platform,
  account: z.string().min(1),
  from: z.string().min(1),
  text: z.string().optional(),
  type: z.string().optional(),
  content: z.record(z.string(), z.unknown()).optional(),
  quotes: z.string().optional(),
  /** A file of the person's, sent under its kind. */
  file: z.strictObject({ name: z.string(), mimeType: z.string(), base64: z.base64() }).optional(),
});
export const Reacted = z.strictObject({ message: z.string(), from: z.string(), emoji: z.string() });
export const Read = z.strictObject({ platform: Platform, account: z.string(), from: z.string() });
export const NewFault = z.strictObject({
  how: z.enum(['instead', 'after', 'cut', 'later']).default('instead'),
  code: z.number().int().default(131000),
  subcode: z.number().int().nullable().default(null),
  httpStatus: z.number().int().min(400).max(599).nullable().default(null),
  times: z.number().int().min(1).default(1),
  to: z.string().nullable().default(null),
  regainMinutes: z.number().int().min(0).default(0),
});
export const NewSettings = z.strictObject({
  appId: z.string().optional(),
  appSecret: z.string().optional(),
  instagramAppId: z.string().optional(),
  instagramSecret: z.string().optional(),
  verifyToken: z.string().optional(),
  webhooks: z.partialRecord(Platform, z.url().nullable()).optional(),
  needsProof: z.boolean().optional(),
  latencyMs: z.number().int().min(0).optional(),
  usagePercent: z.number().int().min(0).max(100).optional(),
  pair: z.strictObject({ seconds: z.number().min(0), burst: z.number().int().min(1) }).optional(),
  reviewMs: z.number().int().min(0).optional(),
  windowMs: z.number().int().min(0).optional(),
  humanAgentMs: z.number().int().min(0).optional(),
  webhookDelivery: z
    .strictObject({
      duplicates: z.number().int().min(0).max(20).optional(),
      shuffleMs: z.number().int().min(0).optional(),
      retryMs: z.number().int().min(1).optional(),
      tries: z.number().int().min(1).optional(),
    })
    .optional(),
});
export const Filter = z.strictObject({
  platform: Platform.optional(),
  account: z.string().optional(),
  customer: z.string().optional(),
  direction: z.enum(['in', 'out']).optional(),
});
