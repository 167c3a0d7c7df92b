import { z } from 'zod';

/** What can be done in a conversation at an official platform beside writing. An empty sign takes the reaction back. */
export const PlatformAct = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('seen') }),
  z.strictObject({ is: z.literal('typing') }),
  z.strictObject({ is: z.literal('react'), messageId: z.uuid(), emoji: z.string().max(32) }),
]);
export type PlatformAct = z.output<typeof PlatformAct>;
