import { z } from 'zod';

/** Bodies of the control API. Unknown fields are refused, so that a typo in a test does not pass as a default. */
const ms = z.number().int().min(0);
const count = z.number().int().min(0);
const Id = z.string().regex(/^-?\d{1,20}$/, 'Not an id: digits, with a minus for groups and channels');
const Phone = z.string().transform((text) => text.replace(/\D/g, ''));
const Username = z.string().regex(/^[a-zA-Z]\w{3,31}$/);

export const NewAccount = z.strictObject({
  id: Id,
  phone: Phone,
  name: z.string().min(1),
  username: Username.nullable().optional(),
  password: z.string().min(1).nullable().optional(),
  isNew: z.boolean().optional(),
});
export const NewPeer = z.strictObject({
  id: Id,
  name: z.string().min(1),
  kind: z.enum(['user', 'group', 'channel']).optional(),
  username: Username.nullable().optional(),
  phone: Phone.nullable().optional(),
  readsAfterMs: ms.nullable().optional(),
  repliesWith: z.string().nullable().optional(),
  replyAfterMs: ms.optional(),
});
export const oneOrMany = <T extends z.ZodType>(one: T) => z.union([one.transform((value) => [value]), z.array(one).max(10_000)]);

export const Scan = z.strictObject({ text: z.string().min(1), account: Id });
export const AccountOnly = z.strictObject({ account: Id });
/** Without `sessionId` every browser of the account. */
export const LogOut = z.strictObject({ account: Id, sessionId: z.string().optional() });

export const NewFaults = z.strictObject({
  latencyMs: ms.optional(),
  ackDelayMs: ms.optional(),
  historyDelayMs: ms.optional(),
  dropAcksNext: count.optional(),
  dropAckShare: z.number().min(0).max(1).optional(),
  swallowNext: count.optional(),
  failNext: count.optional(),
  connection: z.enum(['online', 'offline']).optional(),
  phoneError: z.string().nullable().optional(),
});
/** `account` missing: every account. */
export const SetFaults = z.strictObject({ account: Id.optional(), faults: NewFaults });

const Times = z.number().int().min(1).max(5000).optional();
export const Incoming = z.strictObject({ account: Id, peer: Id, text: z.string(), times: Times });
export const Outgoing = z.strictObject({ account: Id, peer: Id, text: z.string(), times: Times });
export const AccountAndPeer = z.strictObject({ account: Id, peer: Id });
export const SetDraft = z.strictObject({ account: Id, peer: Id, text: z.string() });
export const SetSwap = z.strictObject({ account: Id, to: Id, at: z.enum(['opened', 'typing', 'typed']).default('typed'), afterMs: ms.default(100) });
export const FreezePage = z.strictObject({ account: Id, ms: ms.max(60_000) });

export const NewSettings = z.strictObject({
  qrMs: ms.min(1).optional(),
  qrAppearsAfterMs: ms.optional(),
  syncMs: ms.optional(),
  historyPage: z.number().int().min(1).optional(),
  dialect: z.enum(['a', 'k']).optional(),
});

export const MessageQuery = z.strictObject({
  account: Id.optional(),
  peer: Id.optional(),
  via: z.enum(['web', 'phone', 'script', 'control']).optional(),
  since: z.coerce.number().optional(),
});
export const EventQuery = z.strictObject({ after: z.coerce.number().default(0) });
