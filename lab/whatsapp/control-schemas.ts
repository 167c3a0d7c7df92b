import { z } from 'zod';
import { kinds } from './model.ts';
import { digitsOf } from './store.ts';

/** Bodies of the control API. Unknown fields are refused, so that a typo in a test does not pass as a default. */
export const PhoneNumber = z.string().transform((text, context) => {
  const digits = digitsOf(text);
  if (digits !== null) return digits;
  context.addIssue({ code: 'custom', message: 'Not a phone number (7 to 15 digits)' });
  return z.NEVER;
});
const ms = z.number().int().min(0);

export const NewAccount = z.strictObject({
  number: PhoneNumber,
  name: z.string().min(1),
  saved: z.boolean().optional(),
  asksPasskey: z.boolean().optional(),
  showsNews: z.boolean().optional(),
  newChatLimit: z.number().int().min(0).nullable().optional(),
});
export const NewPeer = z.strictObject({
  number: PhoneNumber,
  name: z.string().min(1),
  members: z.array(PhoneNumber).optional(),
  saved: z.boolean().optional(),
  onWhatsApp: z.boolean().optional(),
  deliveredAfterMs: ms.optional(),
  readsAfterMs: ms.nullable().optional(),
  repliesWith: z.string().nullable().optional(),
  replyAfterMs: ms.optional(),
  repliesTimes: z.number().int().min(0).optional(),
});
export const oneOrMany = <T extends z.ZodType>(one: T) => z.union([one.transform((value) => [value]), z.array(one).max(10_000)]);

export const Scan = z.strictObject({ ref: z.string().min(1), number: PhoneNumber });
export const EnterCode = z.strictObject({ code: z.string().min(8), number: PhoneNumber });
/** Without `deviceId` every browser of the account. */
export const LogOut = z.strictObject({ number: PhoneNumber, deviceId: z.string().optional() });
export const NumberAndPeer = z.strictObject({ number: PhoneNumber, peer: PhoneNumber });
export const NumberOnly = z.strictObject({ number: PhoneNumber });

export const NewFaults = z.strictObject({
  latencyMs: ms.optional(),
  historyDelayMs: ms.optional(),
  dropAckShare: z.number().min(0).max(1).optional(),
  dropAcksNext: z.number().int().min(0).optional(),
  swallowNext: z.number().int().min(0).optional(),
  failNext: z.number().int().min(0).optional(),
  hangLookups: z.number().int().min(0).optional(),
  connection: z.enum(['online', 'phone_offline', 'computer_offline']).optional(),
  isFrozen: z.boolean().optional(),
});
/** `number` missing or null: every account. */
export const SetFaults = z.strictObject({ number: PhoneNumber.nullable().optional(), faults: NewFaults });

export const Restrict = z.strictObject({ number: PhoneNumber, until: z.union([z.iso.datetime({ offset: true }), z.number()]).nullable() });
export const Incoming = z.strictObject({
  to: PhoneNumber,
  from: PhoneNumber,
  text: z.string(),
  kind: z.enum(kinds).optional(),
  /** The group in which it is said. */
  group: PhoneNumber.optional(),
  quotes: z.string().nullable().optional(),
  /** How many of them, numbered after the text; for long histories. */
  times: z.number().int().min(1).max(5000).optional(),
});
export const Outgoing = z.strictObject({ from: PhoneNumber, to: PhoneNumber, text: z.string(), times: z.number().int().min(1).max(5000).optional() });
export const SetDraft = z.strictObject({ number: PhoneNumber, peer: PhoneNumber, text: z.string() });
export const SetSwap = z.strictObject({
  number: PhoneNumber,
  to: PhoneNumber,
  at: z.enum(['opened', 'typing', 'typed']).default('typed'),
  afterMs: ms.default(100),
  carriesText: z.boolean().default(false),
});
export const FreezePage = z.strictObject({ number: PhoneNumber, ms: ms.max(60_000) });

export const NewSettings = z.strictObject({
  qr: z
    .strictObject({ appearsAfterMs: ms, firstMs: ms.min(1), nextMs: ms.min(1), refs: z.number().int().min(1) })
    .partial()
    .optional(),
  codeMs: ms.optional(),
  syncMs: ms.optional(),
  splashMs: ms.optional(),
  historyPage: z.number().int().min(1).optional(),
  unknownNumbers: z.enum(['absent', 'present']).optional(),
  blankPreviewShare: z.number().min(0).max(1).optional(),
  ratchetWindow: z.number().int().min(0).optional(),
  maxDevices: z.number().int().min(1).optional(),
  dialect: z.enum(['2024', '2025', '2026a', '2026b']).optional(),
});

export const MessageQuery = z.strictObject({
  account: PhoneNumber.optional(),
  peer: PhoneNumber.optional(),
  via: z.enum(['web', 'phone', 'script', 'control']).optional(),
  since: z.coerce.number().optional(),
});
export const EventQuery = z.strictObject({ after: z.coerce.number().default(0) });
