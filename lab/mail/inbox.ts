import type { ReturnKind } from '#lab/mail/returns.ts';

/** A mail that has come back because of a recipient, under the number that a mailbox gives it. */
export type Returned = { uid: number; at: Date; kind: ReturnKind; from: string; raw: Buffer };

/** The one mailbox of everybody who sends here: what comes back to any address lies in it. */
export type Inbox = {
  /** Tells this mailbox from one of an earlier run with the same numbers. */
  uidValidity: number;
  add(mail: Pick<Returned, 'kind' | 'from' | 'raw'>): Returned;
  all(): readonly Returned[];
  uidNext(): number;
};

export function createInbox(): Inbox {
  const mails: Returned[] = [];
  return {
    uidValidity: Math.floor(Date.now() / 1000),
    add(one) {
      const mail = { uid: mails.length + 1, at: new Date(), ...one };
      mails.push(mail);
      return mail;
    },
    all: () => mails,
    uidNext: () => mails.length + 1,
  };
}
