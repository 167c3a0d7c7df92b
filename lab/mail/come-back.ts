import { setTimeout as wait } from 'node:timers/promises';
import type { z } from 'zod';
import type { Inbox } from '#lab/mail/inbox.ts';
import type { CaughtMail } from '#lab/mail/mailbox.ts';
import { type Return, ReturnRules, ruleFor, writeReturn } from '#lab/mail/returns.ts';

/** Who answers what is caught, and which server sends it back. */
export type ComeBack = {
  set(rules: z.input<typeof ReturnRules>): void;
  /** The rules that are left, counted down. */
  left(): ReturnRules;
  /** What the rules say of a mail that was just caught, each when its time has come. */
  caught(mail: CaughtMail): void;
  /** At once, for each recipient of the mail. */
  now(mail: CaughtMail, what: Return): Promise<void>;
  close(): void;
};

export function createComeBack(inbox: Inbox): ComeBack {
  const closing = new AbortController();
  const { signal } = closing;
  let left = ReturnRules.parse({});
  const one = async (mail: CaughtMail, recipient: string, what: Return) => {
    inbox.add({ kind: what.kind, from: recipient, raw: await writeReturn(mail, recipient, what) });
  };
  return {
    set(rules) {
      left = ReturnRules.parse(rules);
    },
    left: () => structuredClone(left),
    caught(mail) {
      for (const recipient of mail.to) {
        const rule = ruleFor(left, recipient);
        if (!rule) continue;
        const { kind, text, afterMs } = rule;
        // Nothing comes back any more once the catcher is closed.
        wait(afterMs, undefined, { signal, ref: false }).then(
          () => one(mail, recipient, { kind, text }),
          () => undefined,
        );
      }
    },
    async now(mail, what) {
      for (const recipient of mail.to) await one(mail, recipient, what);
    },
    close: () => closing.abort(),
  };
}
