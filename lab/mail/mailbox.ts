/** One mail as it came over the wire. Nothing of it is parsed before somebody looks. */
export interface CaughtMail {
  readonly id: string;
  readonly at: Date;
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
  /** What stood in `X-Patchbay-Delivery`, by which a proof recognises a second copy. */
  readonly delivery: string | undefined;
}

export interface MailFilter {
  /** Envelope recipient, in any case; `*` stands for anything. */
  to?: string | undefined;
  since?: Date | undefined;
  limit?: number | undefined;
}

export interface MailCounts {
  /** Mails held since the last clearing, also those that made room for newer ones. */
  total: number;
  kept: number;
  keptBytes: number;
  recipients: number;
  /** Each recipient that holds one and the same delivery more than once. */
  duplicates: { to: string; delivery: string; times: number }[];
}

export interface Mailbox {
  hold(mail: { from: string; to: string[]; raw: Buffer }): CaughtMail;
  newest(filter?: MailFilter): CaughtMail[];
  find(id: string): CaughtMail | undefined;
  counts(): MailCounts;
  /** Delivery → how many copies were held, all recipients together. */
  deliveries(): Map<string, number>;
  clear(): void;
}

/** Headers end within this many bytes in every mail we write; a longer head only costs the duplicate count. */
const headBytes = 32 * 1024;

/** Holds the newest mails in memory; counts go on after old ones were let go. */
export function createMailbox({ maxMails = 100_000, maxBytes = 1024 ** 3 } = {}): Mailbox {
  let mails: CaughtMail[] = [];
  let copies = new Map<string, { to: string; delivery: string; times: number }>();
  let recipients = new Set<string>();
  let total = 0;
  let keptBytes = 0;
  let nextId = 1;

  function letOldGo(): void {
    if (mails.length <= maxMails && keptBytes <= maxBytes) return;
    // A tenth at once: taking one from the front of a long array for every mail would cost more than receiving it.
    const gone = mails.splice(0, Math.max(1, Math.ceil(mails.length / 10)));
    for (const mail of gone) keptBytes -= mail.raw.length;
  }

  function count(mail: CaughtMail): void {
    total += 1;
    keptBytes += mail.raw.length;
    for (const to of mail.to) {
      recipients.add(to);
      if (mail.delivery === undefined) continue;
      const key = `${to}\n${mail.delivery}`;
      const copy = copies.get(key);
      if (copy) copy.times += 1;
      else copies.set(key, { to, delivery: mail.delivery, times: 1 });
    }
  }

  return {
    hold({ from, to, raw }) {
      const mail: CaughtMail = { id: String(nextId++), at: new Date(), from, to: to.map((one) => one.toLowerCase()), raw, delivery: deliveryOf(raw) };
      mails.push(mail);
      count(mail);
      letOldGo();
      return mail;
    },
    newest: (filter = {}) => pick(mails, filter),
    // Ids are consecutive in what is kept, so the distance to the oldest is the place.
    find: (id) => mails[Number(id) - Number(mails[0]?.id)],
    counts: () => ({
      total,
      kept: mails.length,
      keptBytes,
      recipients: recipients.size,
      duplicates: [...copies.values()].filter((copy) => copy.times > 1).map((copy) => ({ ...copy })),
    }),
    deliveries() {
      const held = new Map<string, number>();
      for (const { delivery, times } of copies.values()) held.set(delivery, (held.get(delivery) ?? 0) + times);
      return held;
    },
    clear() {
      mails = [];
      copies = new Map();
      recipients = new Set();
      total = 0;
      keptBytes = 0;
    },
  };
}

/** `*` stands for any run of letters; everything else is taken literally, in any case. */
export function wildcard(pattern: string): RegExp {
  const literal = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`, 'i');
}

function pick(mails: CaughtMail[], { to, since, limit = Number.POSITIVE_INFINITY }: MailFilter): CaughtMail[] {
  const matcher = to === undefined ? undefined : wildcard(to);
  const picked: CaughtMail[] = [];
  for (let at = mails.length - 1; at >= 0 && picked.length < limit; at -= 1) {
    const mail = mails[at];
    if (!mail || (since && mail.at < since)) break;
    if (!matcher || mail.to.some((one) => matcher.test(one))) picked.push(mail);
  }
  return picked;
}

function deliveryOf(raw: Buffer): string | undefined {
  const head = raw.subarray(0, headBytes);
  const end = head.indexOf('\r\n\r\n');
  const text = head.toString('latin1', 0, end < 0 ? head.length : end);
  return /^X-Patchbay-Delivery:[ \t]*(?:\r\n[ \t]+)?(\S+)/im.exec(text)?.[1];
}
