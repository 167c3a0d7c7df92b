import { z } from 'zod';
import { accountBodies, count, faultFields, ms, scriptFields, settingFields, swapFields, Times } from '#lab/messenger/control-schemas.ts';
import { kinds } from './model.ts';
import { digitsOf } from './store.ts';

const PhoneNumber = z.string().transform((text, context) => {
  const digits = digitsOf(text);
  if (digits !== null) return digits;
  context.addIssue({ code: 'custom', message: 'Not a phone number (7 to 15 digits)' });
  return z.NEVER;
});

export const bodies = accountBodies('number', PhoneNumber);

export const NewAccount = z.strictObject({
  number: PhoneNumber,
  name: z.string().min(1),
  saved: z.boolean().optional(),
  asksPasskey: z.boolean().optional(),
  showsNews: z.boolean().optional(),
  newChatLimit: count.nullable().optional(),
});
export const NewPeer = z.strictObject({
  number: PhoneNumber,
  name: z.string().min(1),
  members: z.array(PhoneNumber).optional(),
  saved: z.boolean().optional(),
  onWhatsApp: z.boolean().optional(),
  deliveredAfterMs: ms.optional(),
  repliesTimes: count.optional(),
  ...scriptFields,
});

export const Scan = bodies.named({ ref: z.string().min(1) });
export const EnterCode = bodies.named({ code: z.string().min(8) });
/** Without `deviceId` every browser of the account. */
export const LogOut = bodies.named({ deviceId: z.string().optional() });

export const NewFaults = z.strictObject({
  ...faultFields,
  hangLookups: count.optional(),
  connection: z.enum(['online', 'phone_offline', 'computer_offline']).optional(),
  isFrozen: z.boolean().optional(),
});

export const Restrict = bodies.named({ until: z.union([z.iso.datetime({ offset: true }), z.number()]).nullable() });
export const Incoming = z.strictObject({
  to: PhoneNumber,
  from: PhoneNumber,
  text: z.string(),
  kind: z.enum(kinds).optional(),
  /** The group in which it is said. */
  group: PhoneNumber.optional(),
  quotes: z.string().nullable().optional(),
  times: Times,
});
export const Outgoing = z.strictObject({ from: PhoneNumber, to: PhoneNumber, text: z.string(), times: Times });
export const SetSwap = bodies.named({ to: PhoneNumber, ...swapFields, carriesText: z.boolean().default(false) });

export const NewSettings = z.strictObject({
  ...settingFields,
  qr: z
    .strictObject({ appearsAfterMs: ms, firstMs: ms.min(1), nextMs: ms.min(1), refs: z.number().int().min(1) })
    .partial()
    .optional(),
  codeMs: ms.optional(),
  splashMs: ms.optional(),
  unknownNumbers: z.enum(['absent', 'present']).optional(),
  blankPreviewShare: z.number().min(0).max(1).optional(),
  ratchetWindow: count.optional(),
  maxDevices: z.number().int().min(1).optional(),
  dialect: z.enum(['2024', '2025', '2026a', '2026b']).optional(),
});
