import type { Writable } from 'node:stream';
import type MailMessage from 'nodemailer/lib/mailer/mail-message.js';
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js';
import { Failure } from '#core/failure.ts';
import type { ReadyMail } from './compose.ts';
import { mailFailure } from './mail-failure.ts';
import { nodemailer } from './nodemailer.ts';
import { isThisMachine, type MailSettings } from './settings.ts';

type Receipt = SMTPPool.SentMessageInfo;
export type MailTransport = {
  /** Throws a `Failure` that tells whether the server may have taken the mail. */
  send(mail: ReadyMail): Promise<Receipt>;
  verify(): Promise<true>;
  close(): void;
};

/** RFC 5321 4.5.3.2 names minutes for each step; half a minute is what a waiting lane can spare before it looks at the next mail. */
const timeouts = { connectionTimeout: 15_000, greetingTimeout: 15_000, socketTimeout: 60_000 } as const;

/** A pool of connections to the account's server. */
export function openTransport(settings: MailSettings): MailTransport {
  if (settings.security === 'none' && !settings.isCaught && !isThisMachine(settings.host)) {
    throw new Failure('mail_sign_in', 'Without encryption mail may only go to this machine. Choose TLS or STARTTLS.');
  }
  const pool = new (nodemailer().SMTPPool)({
    pool: true,
    host: settings.host,
    port: settings.port,
    secure: settings.security === 'tls',
    requireTLS: settings.security === 'starttls',
    ignoreTLS: settings.security === 'none',
    maxConnections: settings.pool,
    maxMessages: 100,
    // The default sends a mail again when its connection closes, also after the server has taken it: a double.
    maxRequeues: 0,
    ...(settings.username ? { auth: { user: settings.username, pass: settings.password ?? '' } } : {}),
    ...timeouts,
  } as SMTPPool.Options); // `maxRequeues` is newer than the published types.
  return {
    send: (mail) => sendOver(pool, mail),
    verify: () =>
      pool.verify().catch((error: unknown) => {
        throw mailFailure(error, 'unsent');
      }),
    close: () => pool.close(),
  };
}

function sendOver(pool: SMTPPool, { envelope, messageId, raw }: ReadyMail): Promise<Receipt> {
  // All that the pool asks of a stream. It begins to read a mail only after the server has answered DATA with 354.
  const content = {
    readableDidRead: false,
    pipe(to: Writable) {
      content.readableDidRead = true;
      to.end(raw);
    },
  };
  const message = { getEnvelope: () => envelope, messageId: () => messageId, getHeader: () => messageId, createReadStream: () => content };
  return new Promise((resolve, reject) => {
    // What a transport asks of a message, see "Create a custom transport" in the library's manual; the mailer's own would compose it once more.
    pool.send({ data: {}, message } as unknown as MailMessage<Receipt>, (error, receipt) => {
      if (receipt) resolve(receipt);
      else reject(mailFailure(error, content.readableDidRead ? 'begun' : 'unsent'));
    });
  });
}
