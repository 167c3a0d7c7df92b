import { z } from 'zod';
import { accountBodies, faultFields, ms, scriptFields, settingFields, swapFields, Times } from '#lab/messenger/control-schemas.ts';

const Id = z.string().regex(/^-?\d{1,20}$/, 'Not an id: digits, with a minus for groups and channels');
const Phone = z.string().transform((text) => text.replace(/\D/g, ''));
const Username = z.string().regex(/^[a-zA-Z]\w{3,31}$/);

export const bodies = accountBodies('account', Id);

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
  /** Only others write there. */
  isClosed: z.boolean().optional(),
  username: Username.nullable().optional(),
  phone: Phone.nullable().optional(),
  ...scriptFields,
});

export const Scan = bodies.named({ text: z.string().min(1) });
/** Without `sessionId` every browser of the account. */
export const LogOut = bodies.named({ sessionId: z.string().optional() });

export const NewFaults = z.strictObject({
  ...faultFields,
  ackDelayMs: ms.optional(),
  connection: z.enum(['online', 'offline']).optional(),
  phoneError: z.string().nullable().optional(),
});

export const Writing = bodies.named({ peer: Id, text: z.string(), times: Times });
export const SetSwap = bodies.named({ to: Id, ...swapFields });

export const NewSettings = z.strictObject({
  ...settingFields,
  qrMs: ms.min(1).optional(),
  qrAppearsAfterMs: ms.optional(),
  dialect: z.enum(['a', 'k']).optional(),
});
