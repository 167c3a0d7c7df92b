import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import type { Transporter } from 'nodemailer';
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js';
import { Failure } from '#core/failure.ts';
import type { MailProgress } from './mail-failure.ts';
import { isThisMachine, type MailSettings } from './settings.ts';

export type MailTransport = Transporter<SMTPPool.SentMessageInfo, SMTPPool.Options>;

/** RFC 5321 4.5.3.2 names minutes for each step; half a minute is what a waiting lane can spare before it looks at the next mail. */
const timeouts = { connectionTimeout: 15_000, greetingTimeout: 15_000, socketTimeout: 60_000 } as const;

/** Goes along with a mail and knows afterwards whether the library began to read it, that is to send it. */
export class MailWatch {
  #content: Readable | undefined;

  read(content: Readable): Readable {
    this.#content = content;
    return content;
  }

  get progress(): MailProgress {
    return this.#content?.readableDidRead ? 'begun' : 'unsent';
  }
}

/** A pool of connections to the account's server. */
export function openTransport(settings: MailSettings): MailTransport {
  if (settings.security === 'none' && !settings.isCaught && !isThisMachine(settings.host)) {
    throw new Failure('mail_sign_in', 'Without encryption mail may only go to this machine. Choose TLS or STARTTLS.');
  }
  // Loaded for the first account: a start does not wait for it.
  const { createTransport } = createRequire(import.meta.url)('nodemailer') as typeof import('nodemailer'); // The package of that name.
  const transport = createTransport({
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
    disableFileAccess: true,
    disableUrlAccess: true,
  } as SMTPPool.Options); // `maxRequeues` is newer than the published types.
  transport.use('stream', ({ data, message }, done) => {
    // The field is ours: see `MailWatch`.
    const { watch } = data as { watch?: MailWatch };
    if (watch) message.processFunc((content: Readable) => watch.read(content));
    done();
  });
  return transport;
}
