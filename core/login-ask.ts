import { z } from 'zod';

/** What the server asks a worker to do with a login. `look` only looks; while somebody looks, an expired QR code is renewed. */
export const LoginAsk = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('look') }),
  z.strictObject({ by: z.literal('qr') }),
  z.strictObject({ by: z.literal('phone'), phone: z.string().max(32) }),
  z.strictObject({ by: z.literal('code'), code: z.string().max(32) }),
  z.strictObject({ by: z.literal('password'), username: z.string().max(200).optional(), password: z.string().max(500), remember: z.boolean() }),
]);
export type LoginAsk = z.output<typeof LoginAsk>;
