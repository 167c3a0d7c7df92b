import type { z } from 'zod';
import { createComeBack } from '#lab/mail/come-back.ts';
import { createFaultPlan, type Faults } from '#lab/mail/faults.ts';
import { startImap } from '#lab/mail/imap.ts';
import { createInbox, type Returned } from '#lab/mail/inbox.ts';
import { createMailbox, type MailCounts, type MailFilter } from '#lab/mail/mailbox.ts';
import { createMailReader, type ReadMail } from '#lab/mail/read-mail.ts';
import { type Encryption, startReceiver } from '#lab/mail/receiver.ts';
import type { ReturnRules } from '#lab/mail/returns.ts';
import { startMailWeb } from '#lab/mail/web.ts';

export interface CatcherOptions {
  /** 127.0.0.1 when not given. */
  host?: string;
  /** 0, the default, takes any free port. */
  smtpPort?: number;
  webPort?: number;
  imapPort?: number;
  /** None when not given. */
  encryption?: Encryption;
  /** Older mails make room beyond this many (100,000); the counts keep them. */
  maxMails?: number;
  log?: (line: string) => void;
}

/** A mail server that takes everything, delivers nothing, and shows what it got; what comes back for it lies in its one mailbox. */
export interface Catcher extends AsyncDisposable {
  smtpUrl: string;
  smtpPort: number;
  webUrl: string;
  /** Where the mailbox is read, with any user name and password. */
  imapPort: number;
  /** Newest first, parsed now. */
  messages(filter?: MailFilter): Promise<ReadMail[]>;
  counts(): MailCounts;
  /** `X-Patchbay-Delivery` → how many copies were held. */
  deliveries(): Map<string, number>;
  setFaults(faults: z.input<typeof Faults>): void;
  /** Who answers by itself, and what is sent back. */
  setReturns(rules: z.input<typeof ReturnRules>): void;
  /** What has come back so far. */
  returned(): readonly Returned[];
  clear(): void;
  close(): Promise<void>;
}

export async function startCatcher(options: CatcherOptions = {}): Promise<Catcher> {
  const { host = '127.0.0.1', smtpPort = 0, webPort = 0, imapPort = 0, encryption = { is: 'none' }, maxMails, log = () => undefined } = options;
  const mailbox = createMailbox({ maxMails });
  const faults = createFaultPlan();
  const read = createMailReader();
  const inbox = createInbox();
  const comeBack = createComeBack(inbox);
  await using started = new AsyncDisposableStack();
  const begun = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => started.adopt(await starting, (one) => one.close());
  const receiver = await begun(startReceiver({ host, port: smtpPort, encryption, mailbox, faults, comeBack, log }));
  const imap = await begun(startImap({ host, port: imapPort, inbox }));
  const web = await begun(startMailWeb({ host, port: webPort, mailbox, read, faults, comeBack }));
  const running = started.move();
  running.defer(() => comeBack.close());
  const close = (): Promise<void> => running.disposeAsync();

  return {
    smtpUrl: `smtp://${host}:${receiver.port}`,
    smtpPort: receiver.port,
    webUrl: web.url,
    imapPort: imap.port,
    messages: (filter) => Promise.all(mailbox.newest(filter).map(read)),
    counts: () => mailbox.counts(),
    deliveries: () => mailbox.deliveries(),
    setFaults: (next) => faults.set(next),
    setReturns: (rules) => comeBack.set(rules),
    returned: () => inbox.all(),
    clear: () => mailbox.clear(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
