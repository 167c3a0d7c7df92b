import type { z } from 'zod';
import { createFaultPlan, type Faults } from '#lab/mail/faults.ts';
import { createMailbox, type MailCounts, type MailFilter } from '#lab/mail/mailbox.ts';
import { createMailReader, type ReadMail } from '#lab/mail/read-mail.ts';
import { type Encryption, startReceiver } from '#lab/mail/receiver.ts';
import { startMailWeb } from '#lab/mail/web.ts';

export interface CatcherOptions {
  /** 127.0.0.1 when not given. */
  host?: string;
  /** 0, the default, takes any free port. */
  smtpPort?: number;
  webPort?: number;
  /** None when not given. */
  encryption?: Encryption;
  /** Older mails make room beyond this many (100,000); the counts keep them. */
  maxMails?: number;
  log?: (line: string) => void;
}

/** A mail server that takes everything, delivers nothing, and shows what it got. */
export interface Catcher extends AsyncDisposable {
  smtpUrl: string;
  smtpPort: number;
  webUrl: string;
  /** Newest first, parsed now. */
  messages(filter?: MailFilter): Promise<ReadMail[]>;
  counts(): MailCounts;
  /** `X-Patchbay-Delivery` → how many copies were held. */
  deliveries(): Map<string, number>;
  setFaults(faults: z.input<typeof Faults>): void;
  clear(): void;
  close(): Promise<void>;
}

export async function startCatcher(options: CatcherOptions = {}): Promise<Catcher> {
  const { host = '127.0.0.1', smtpPort = 0, webPort = 0, encryption = { is: 'none' }, maxMails, log = () => undefined } = options;
  const mailbox = createMailbox({ maxMails });
  const faults = createFaultPlan();
  const read = createMailReader();
  const receiver = await startReceiver({ host, port: smtpPort, encryption, mailbox, faults, log });
  const web = await startMailWeb({ host, port: webPort, mailbox, read, faults }).catch(async (error: unknown) => {
    await receiver.close();
    throw error;
  });
  const close = async (): Promise<void> => {
    await Promise.all([receiver.close(), web.close()]);
  };

  return {
    smtpUrl: `smtp://${host}:${receiver.port}`,
    smtpPort: receiver.port,
    webUrl: `http://${host}:${web.port}`,
    messages: (filter) => Promise.all(mailbox.newest(filter).map(read)),
    counts: () => mailbox.counts(),
    deliveries: () => mailbox.deliveries(),
    setFaults: (next) => faults.set(next),
    clear: () => mailbox.clear(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
