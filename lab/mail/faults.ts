import { z } from 'zod';
import { wildcard } from '#lab/mail/mailbox.ts';

const replyText = z
  .string()
  .max(400)
  .regex(/^[\x20-\x7e]*$/, 'one line of plain ASCII');

/** What the catcher does wrong on purpose. Numbers that count down say how often; everything off is the default. */
export const Faults = z.strictObject({
  /** Recipients that get a refusal instead of 250; `*` stands for anything. Without `times` for good. */
  rejectRecipients: z
    .array(
      z.strictObject({
        pattern: z.string().min(1).max(320),
        code: z.int().min(400).max(599).default(550),
        text: replyText.default('5.1.1 No such user here'),
        times: z.int().positive().optional(),
      }),
    )
    .max(1000)
    .default([]),
  /** Milliseconds between the end of a mail and the 250. */
  latencyMs: z.int().min(0).max(600_000).default(0),
  /** The next n mails are held, and the connection is cut before the 250: the sender cannot know. */
  dropAfterData: z.int().min(0).default(0),
  /** The next n mails are refused after DATA with 451 and not held. */
  deferAfterData: z.int().min(0).default(0),
  /** Each n-th MAIL FROM is answered by cutting the connection; nothing is held. 0 switches it off. */
  closeEvery: z.int().min(0).default(0),
  /** Every user name and password is refused with 535. */
  refuseSignIn: z.boolean().default(false),
});
export type Faults = z.output<typeof Faults>;

export type EndOfMail = 'accept' | 'drop' | 'defer';

export interface FaultPlan {
  set(faults: z.input<typeof Faults>): void;
  /** The faults that are left, counted down. */
  left(): Faults;
  latencyMs(): number;
  refusalFor(recipient: string): { code: number; text: string } | undefined;
  cutsAtMailFrom(): boolean;
  endOfMail(): EndOfMail;
}

export function createFaultPlan(): FaultPlan {
  let left = Faults.parse({});
  let mailFroms = 0;

  return {
    set(faults) {
      left = Faults.parse(faults);
      mailFroms = 0;
    },
    left: () => structuredClone(left),
    latencyMs: () => left.latencyMs,
    refusalFor(recipient) {
      const rule = left.rejectRecipients.find((one) => one.times !== 0 && wildcard(one.pattern).test(recipient));
      if (!rule) return undefined;
      if (rule.times !== undefined) rule.times -= 1;
      return { code: rule.code, text: rule.text };
    },
    cutsAtMailFrom() {
      mailFroms += 1;
      return left.closeEvery > 0 && mailFroms % left.closeEvery === 0;
    },
    endOfMail() {
      if (left.dropAfterData > 0) {
        left.dropAfterData -= 1;
        return 'drop';
      }
      if (left.deferAfterData > 0) {
        left.deferAfterData -= 1;
        return 'defer';
      }
      return 'accept';
    },
  };
}
